import { isUtf8 } from 'node:buffer';
import { cssReferences } from './css-references.ts';
import { contentHash, type HashAlgorithm } from './hashed-name.ts';
import { moduleReferences, sourceMapReference } from './js-references.ts';
import { referenceTarget, type ReferenceTarget } from './reference-target.ts';
import type { Reference } from './reference.ts';
import { wholeFile } from './source-bytes.ts';
import type { SourceFile } from './source-files.ts';
import { changedFile, type StaticProblem } from './static-files-error.ts';

/** How texts are read. */
export interface TextOptions {
  /** Where static files are served. */
  readonly baseUrl: string;
  /** Whether modules that JavaScript imports are references. */
  readonly modules: boolean;
  readonly algorithm: HashAlgorithm;
}

/** A reference to a static file. */
export interface StaticReference extends Reference, ReferenceTarget {
  /** Line, from 1. */
  readonly line: number;
}

/** What was found in a file that may refer to others. */
export interface StaticText {
  readonly hash: string;
  /** In the order of the text. */
  readonly references: readonly StaticReference[];
  /** Why its references are not known. */
  readonly problem?: StaticProblem | undefined;
}

/** Whether a file may refer to others in a way that is understood. */
export function isStaticText(name: string, { modules }: Pick<TextOptions, 'modules'>): boolean {
  return /\.(?:css|js)$/.test(name) || (modules && name.endsWith('.mjs'));
}

/** Reads a style sheet or a script, and finds what it refers to. */
export async function scannedText(file: SourceFile, options: TextOptions): Promise<StaticText> {
  const bytes = await wholeFile(file);
  const hash = contentHash(bytes, options.algorithm);
  if (!isUtf8(bytes)) return { hash, references: [], problem: notUtf8(file, bytes) };
  const text = textOf(bytes);
  try {
    const found = await referencesOf(file.name, text, options);
    return { hash, references: resolved(found, text, file.name, options.baseUrl) };
  } catch (error) {
    return { hash, references: [], problem: noModule(file, text, error) };
  }
}

/**
 * Reads a text again, with other names in place of those that it refers to.
 *
 * @param hash What its bytes were when the references were found.
 * @param hashedOf The name to refer to; `undefined` leaves a reference as it is.
 * @throws {@link StaticFilesError} when the bytes are others now.
 */
export async function rewrittenText(
  file: SourceFile,
  { hash, references }: Pick<StaticText, 'hash' | 'references'>,
  { algorithm, hashedOf }: { algorithm: HashAlgorithm; hashedOf: HashedOf },
): Promise<string> {
  const bytes = await wholeFile(file);
  if (contentHash(bytes, algorithm) !== hash) throw changedFile(file);
  const text = textOf(bytes);
  let done = 0;
  let rewritten = '';
  for (const { start, end, name, urlOf, write } of references) {
    const hashed = hashedOf(name);
    if (hashed === undefined) continue;
    const basename = hashed.slice(hashed.lastIndexOf('/') + 1);
    rewritten += text.slice(done, start) + write(urlOf(basename));
    done = end;
  }
  return rewritten + text.slice(done);
}

/** The hashed name of a file. */
export type HashedOf = (name: string) => string | undefined;

/** Not by a TextDecoder: a byte order mark belongs to the bytes. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}

async function referencesOf(
  name: string,
  text: string,
  { modules }: TextOptions,
): Promise<Reference[]> {
  if (name.endsWith('.css')) return cssReferences(text);
  const map = name.endsWith('.js') ? sourceMapReference(text) : [];
  const imports = modules ? await moduleReferences(text) : [];
  return [...imports, ...map].toSorted((a, b) => a.start - b.start);
}

function resolved(
  references: readonly Reference[],
  text: string,
  name: string,
  baseUrl: string,
): StaticReference[] {
  let line = 1;
  let counted = 0;
  return references.flatMap((reference) => {
    for (let at = text.indexOf('\n', counted); at !== -1 && at < reference.start;) {
      line += 1;
      counted = at + 1;
      at = text.indexOf('\n', counted);
    }
    const target = referenceTarget(reference.url, name, baseUrl);
    return target === undefined ? [] : [{ ...reference, ...target, line }];
  });
}

function notUtf8({ name, path }: SourceFile, bytes: Buffer): StaticProblem {
  let line = 1;
  let start = 0;
  // A line break is one byte in every place of UTF-8, so that each line can be looked at alone.
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    line += 1;
    start = end + 1;
  }
  const message = `${JSON.stringify(name)} is not UTF-8, line ${line}`;
  return { reason: 'encoding', name, path, line, message };
}

function noModule({ name, path }: SourceFile, text: string, error: unknown): StaticProblem {
  const index = error instanceof Error && 'idx' in error ? Number(error.idx) : Number.NaN;
  if (Number.isNaN(index)) throw error;
  const line = text.slice(0, index).split('\n').length;
  const message = `${JSON.stringify(name)} cannot be read as a JavaScript module, line ${line}`;
  return { reason: 'syntax', name, path, line, message };
}
