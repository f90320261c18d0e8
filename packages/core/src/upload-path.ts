import { FieldDefinitionError, InvalidNameError } from './errors.ts';
import { assertName, nameProblem } from './file-name.ts';
import { validFilename } from './filename.ts';
import { shownName } from './hidden-form.ts';
import { formatProblem, strftime, type StrftimeOptions } from './strftime.ts';

/**
 * Where a field keeps its files: a directory in which date directives are replaced (`'avatars/%Y/%m/'`,
 * see {@link strftime}; `''` is the top), or a function that returns the whole path, filename included.
 */
export type UploadTo<Entity = unknown> =
  | string
  | ((entity: Entity, filename: string) => string | Promise<string>);

/** Options of {@link uploadPath}. */
export interface UploadPathOptions extends StrftimeOptions {
  /** The time that date directives stand for. Default: the current time. */
  readonly now?: Date | undefined;
}

/**
 * The name that a new file asks for: the directory of `uploadTo` and the filename made safe
 * ({@link validFilename}), or what the function returned, in NFC, called once and checked like any name.
 *
 * @throws {@link InvalidNameError} when the path is not allowed, or holds `undefined`, `null`, `NaN` or the
 * like in place of a value, as before the database has given the entity its key.
 */
export async function uploadPath<Entity>(
  uploadTo: UploadTo<Entity>,
  entity: Entity,
  filename: string,
  { now = new Date(), timeZone }: UploadPathOptions = {},
): Promise<string> {
  const valid = validFilename(filename);
  if (typeof uploadTo === 'string') {
    const path = joined(strftime(uploadTo, now, { timeZone }), valid);
    assertName(path);
    return path;
  }
  return checkedResult(await uploadTo(entity, valid), valid);
}

/**
 * Checks an `uploadTo` when the application starts, as far as that is possible without an entity.
 *
 * @param field The field as `Entity.property`.
 * @throws {@link FieldDefinitionError} when no file could ever be saved there.
 */
export function assertUploadTo(field: string, uploadTo: unknown): void {
  if (typeof uploadTo === 'function') return;
  if (typeof uploadTo !== 'string') {
    throw new FieldDefinitionError(field, 'uploadTo is neither a string nor a function');
  }
  const problem = directoryProblem(uploadTo);
  if (problem !== undefined) {
    const shown = JSON.stringify(shownName(uploadTo));
    throw new FieldDefinitionError(
      field,
      `uploadTo ${shown} is not a directory of a storage: ${problem}`,
    );
  }
}

function checkedResult(result: unknown, filename: string): string {
  if (typeof result !== 'string') {
    throw new InvalidNameError(filename, `uploadTo returned no string but ${typeof result}`);
  }
  const path = result.normalize('NFC');
  const missing = missingValue(path, filename);
  if (missing !== undefined) {
    throw new InvalidNameError(
      shownName(path),
      `uploadTo found "${missing}" in place of a value, the key of a new entity is known only after its ` +
        'INSERT: give it a key of your own (a UUID), flush it before its file, or leave the key out of the path',
    );
  }
  if (path.endsWith('/')) {
    throw new InvalidNameError(
      shownName(path),
      'uploadTo returned a directory, a function returns the whole path with the filename',
    );
  }
  assertName(path);
  return path;
}

function directoryProblem(uploadTo: string): string | undefined {
  const missing = missingValue(uploadTo);
  if (missing !== undefined) return `it holds "${missing}" in place of a value`;
  // A Wednesday in September: the longest names of a day and a month.
  return formatProblem(uploadTo) ?? nameProblem(joined(strftime(uploadTo, longestDate), 'file'));
}

const longestDate = new Date('2026-09-30T00:00:00Z');

function joined(directory: string, filename: string): string {
  const prefix = directory === '' || directory.endsWith('/') ? directory : `${directory}/`;
  return prefix.normalize('NFC') + filename;
}

/**
 * What JavaScript wrote into a path for a value that was not there. The filename is the user's and may hold
 * such words itself, so as many are allowed as it has.
 */
function missingValue(path: string, filename = ''): string | undefined {
  // `null` and `NaN` only as words of their own: `annulled/` is a good directory.
  const words = String.raw`undefined|(?<!\p{L})(?:null|NaN)(?!\p{L})|\[object [A-Z]\w*\]|Invalid Date`;
  const found = path.match(new RegExp(words, 'gu')) ?? [];
  const own = filename.match(new RegExp(words, 'giu')) ?? [];
  return found.length > own.length ? found[0] : undefined;
}
