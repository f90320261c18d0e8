import { create } from 'content-disposition';
import { cleanFilename, InvalidNameError } from '@filefield/core';

/** A Content-Disposition with the first candidate of which a filename is left once it is cleaned (RFC 6266, RFC 8187). */
export function dispositionHeader(
  disposition: 'inline' | 'attachment',
  candidates: readonly (string | undefined)[],
): string {
  for (const candidate of candidates) {
    const filename = candidate === undefined ? undefined : cleaned(candidate);
    if (filename !== undefined) return create(filename, { type: disposition });
  }
  return disposition;
}

function cleaned(filename: string): string | undefined {
  try {
    // Halves of characters cannot be encoded.
    return cleanFilename(filename.toWellFormed());
  } catch (error) {
    if (error instanceof InvalidNameError) return undefined;
    throw error;
  }
}
