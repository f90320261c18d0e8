import { assertName, InvalidNameError } from '@filefield/core';
import type { SourceFile } from './source-files.ts';
import type { StaticProblem } from './static-files-error.ts';

/** Why no storage can have an object for a file, under its own name or another one. */
export function nameProblem(
  { name, path }: SourceFile,
  objectName: string = name,
): StaticProblem | undefined {
  try {
    assertName(objectName);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidNameError)) throw error;
    const message = error.message.replace(/^Cannot use/, 'no storage can use');
    return { reason: 'name', name, path, message };
  }
}
