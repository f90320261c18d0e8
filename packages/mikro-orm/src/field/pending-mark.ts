const prefix = 'pending\0';
const inJson = /"pending\\u0000[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\\u0000/;

/** The snapshot of a pending file: unique, and with a NUL, which PostgreSQL refuses in text and in jsonb. */
export function pendingMark(id: string, filename = ''): string {
  return `${prefix}${id}\0${filename}`;
}

/** Whether a snapshot stands for a file whose bytes are still to be uploaded. */
export function isPendingMark(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(prefix);
}

/** Whether a text is a mark, or JSON that holds one. */
export function holdsPendingMark(text: string): boolean {
  return isPendingMark(text) || inJson.test(text);
}

/** The filename in a mark. */
export function markedFilename(mark: string): string | undefined {
  return mark.split('\0')[2];
}
