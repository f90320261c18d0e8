import type { Reference } from './reference.ts';

/**
 * What can hold or hide a reference: a comment, a string, an escaped character, a namespace (whose name looks like a URL),
 * an import, the start of `url(` that is no end of another function's name.
 */
const token =
  /\/\*[^]*?(?:\*\/|$)|"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?|\\[^]|@namespace\s+(?:[\w-]+\s+)?url\(|@import(?![\w-])|(?<![\w-]|[^\0-\x7f])url\(/gi;

/** What stands between `@import` and a string, and the string. */
const imported =
  /((?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/)*)("(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*')/y;

/** What follows `url(`, up to its end; text that is no URL by the grammar of CSS is none here either. A space ends the digits of an escape. */
const urlBody =
  /\s*(?:(?:"((?:[^"\\\n]|\\[^])*)"|'((?:[^'\\\n]|\\[^])*)'|((?:[^\s"'()\\]|\\[^]|(?<=\\[0-9a-f]{1,6})\s)+))\s*)?\)/iy;

const sourceMap = /^\/\*#[ \t]sourceMappingURL=(.*?)[ \t]*\*\/$/;

/**
 * Finds what a style sheet refers to: `url()`, `@import` and the source map; not what comments and strings hold. They
 * are written as Django writes them, so that the same bytes get the same name.
 */
export function cssReferences(text: string): Reference[] {
  const found: Reference[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [part] = match;
    const start = match.index;
    const end = token.lastIndex;
    const reference = referenceAt(text, part, start, end);
    token.lastIndex = reference?.end ?? end;
    if (reference !== undefined && !/^@namespace/i.test(part)) found.push(reference);
  }
  return found;
}

function referenceAt(
  text: string,
  part: string,
  start: number,
  end: number,
): Reference | undefined {
  if (part.startsWith('/*')) return mapReference(text, part, start);
  if (/^@import$/i.test(part)) return importReference(text, start, end);
  return part.endsWith('(') ? urlReference(text, start, end) : undefined;
}

function urlReference(text: string, start: number, end: number): Reference | undefined {
  urlBody.lastIndex = end;
  const match = urlBody.exec(text);
  if (match === null) return undefined;
  const [, double, single, bare = ''] = match;
  const url = unescaped(double ?? single ?? bare).trim();
  return { start, end: urlBody.lastIndex, url, write: urlFunction };
}

function importReference(text: string, at: number, after: number): Reference | undefined {
  imported.lastIndex = after;
  const match = imported.exec(text);
  if (match === null) return undefined;
  const [, between = '', string = ''] = match;
  const end = imported.lastIndex;
  const url = unescaped(string.slice(1, -1)).trim();
  // A comment between the two stays.
  if (between.trim() !== '') return { start: end - string.length, end, url, write: urlFunction };
  return { start: at, end, url, write: (other) => `@import ${urlFunction(other)}` };
}

function mapReference(text: string, comment: string, start: number): Reference | undefined {
  const end = start + comment.length;
  const [, url] = sourceMap.exec(comment) ?? [];
  const isLine = isLineBreak(text[start - 1]) && isLineBreak(text[end]);
  if (url === undefined || !isLine) return undefined;
  return { start, end, url: url.trim(), write: (other) => `/*# sourceMappingURL=${other} */` };
}

function isLineBreak(character: string | undefined): boolean {
  return character === undefined || character === '\n' || character === '\r';
}

function urlFunction(url: string): string {
  return `url("${url}")`;
}

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:([0-9a-f]{1,6})\s?|(\r?\n)|([^]))/gi,
    (_, code: string | undefined, _line: string | undefined, character = '') =>
      code === undefined ? character : characterOf(Number.parseInt(code, 16)),
  );
}

function characterOf(code: number): string {
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)
    ? '\ufffd'
    : String.fromCodePoint(code);
}
