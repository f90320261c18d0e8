const prefix = 'pending\0';

/** The snapshot of a pending file: unique, and with a NUL, which PostgreSQL refuses in text and in jsonb. */
export function pendingMark(id: string): string {
  return prefix + id;
}

/** Whether a snapshot stands for a file whose bytes are still to be uploaded. */
export function isPendingMark(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(prefix);
}
