const prefix = 'pending\0';

/** The snapshot of a pending file: unique, and with a NUL, which PostgreSQL refuses in text and in jsonb. */
export function pendingMark(id: string, filename = ''): string {
  return `${prefix}${id}\0${filename}`;
}

/** Whether a snapshot stands for a file whose bytes are still to be uploaded. */
export function isPendingMark(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(prefix);
}

/** The filename in a mark. */
export function markedFilename(mark: string): string {
  return mark.split('\0')[2] ?? '';
}
