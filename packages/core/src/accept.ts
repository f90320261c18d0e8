import type { FileIssue } from './errors.ts';
import type { FileFacts } from './file-validator.ts';
import { typeOfName, unknownType } from './file-type.ts';

/** What a field accepts, as in HTML's `accept`: `image/png`, `image/*`, `.pdf`. */
export type Accept = readonly string[];

const pattern = /^(?:(?:\.[^./\s,;]+)+|\w[\w!#$&^.+-]*\/(?:\*|\w[\w!#$&^.+-]*))$/;

/** Says why a list cannot be an `accept`; `undefined` when it can. */
export function acceptProblem(accept: Accept): string | undefined {
  if (!Array.isArray(accept)) return `accept is ${JSON.stringify(accept)}, wanted is a list`;
  const wrong = accept.find((entry) => !pattern.test(entry));
  if (accept.length === 0) return 'accept is empty, which refuses every file';
  if (wrong === undefined) return undefined;
  return `accept holds ${JSON.stringify(wrong)}, neither a type such as "image/png" or "image/*" nor an extension such as ".pdf"`;
}

/**
 * Checks a file against what a field accepts. A type is compared with the one found from the bytes; an extension needs
 * the filename to end in it, in any case, and the bytes not to be something else.
 */
export function acceptIssue(accept: Accept, file: FileFacts): FileIssue | undefined {
  if (accept.some((entry) => isAccepted(entry.toLowerCase(), file))) return undefined;
  const expected = accept.join(', ');
  return {
    validator: 'accept',
    message: `${file.type} is not accepted here, choose ${expected}`,
    expected: accept,
    received: file.type,
  };
}

function isAccepted(entry: string, { type, filename = '' }: FileFacts): boolean {
  if (!entry.startsWith('.')) {
    return entry.endsWith('/*') ? type.startsWith(entry.slice(0, -1)) : type === entry;
  }
  if (!filename.toLowerCase().endsWith(entry)) return false;
  const named = typeOfName(filename);
  return named === undefined ? type === unknownType : type === named;
}
