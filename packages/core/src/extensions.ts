import type { FileIssue } from './errors.ts';
import type { FileFacts, FileValidator } from './file-validator.ts';

/**
 * Accepts files by the last extension of their names, in any case (Django's `FileExtensionValidator`): `''` stands for
 * names without one, an empty list refuses every file.
 */
export function extensions(allowed: readonly string[]): FileValidator {
  const known = new Set(allowed.map((extension) => extension.replace(/^\./, '').toLowerCase()));
  return ({ filename = '' }: FileFacts): FileIssue | undefined => {
    const extension = /[^/]\.([^./]*)$/.exec(filename)?.[1]?.toLowerCase() ?? '';
    if (known.has(extension)) return undefined;
    const shown = [...known].map((name) => name || 'none').join(', ');
    const message = `File extension “${extension}” is not allowed. Allowed extensions are: ${shown}.`;
    return { validator: 'extensions', message, expected: allowed, received: extension };
  };
}
