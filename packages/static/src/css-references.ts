import type { Reference } from './reference.ts';

/** A comment, a string, the start of `url(`, a word (so that the end of `my-url(` is none), or the end of a statement. */
const token =
  /\/\*[^]*?(?:\*\/|$)|"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?|url\(|@?(?:[\w-]|[^\0-\x7f]|\\[^])+|[;{}]/gi;

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
  let atRule: { readonly name: string; readonly start: number; readonly end: number } | undefined;
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [part] = match;
    const start = match.index;
    const end = token.lastIndex;
    if (part.startsWith('/*')) {
      found.push(...mapReference(text, part, start));
    } else if (part.toLowerCase() === 'url(') {
      const body = urlReference(text, start, end);
      // A namespace is a name that looks like a URL.
      if (body !== undefined && atRule?.name !== '@namespace') found.push(body);
      token.lastIndex = body?.end ?? end;
      if (atRule?.name === '@import') atRule = undefined;
    } else if (part.startsWith('@')) {
      atRule = { name: part.toLowerCase(), start, end };
    } else if (/^["']/.test(part)) {
      if (atRule?.name === '@import') found.push(importReference(text, atRule, start, end));
      if (atRule?.name === '@import') atRule = undefined;
    } else if (/^[;{}]$/.test(part)) {
      atRule = undefined;
    }
  }
  return found;
}

function urlReference(text: string, start: number, end: number): Reference | undefined {
  urlBody.lastIndex = end;
  const match = urlBody.exec(text);
  if (match === null) return undefined;
  const [, double, single, bare = ''] = match;
  const url = unescaped(double ?? single ?? bare).trim();
  return { start, end: urlBody.lastIndex, url, write: urlFunction };
}

function importReference(
  text: string,
  rule: { readonly start: number; readonly end: number },
  start: number,
  end: number,
): Reference {
  const url = unescaped(text.slice(start + 1, end - 1)).trim();
  // What stands between the two stays, unless it is only space.
  if (text.slice(rule.end, start).trim() !== '') return { start, end, url, write: urlFunction };
  return { start: rule.start, end, url, write: (other) => `@import ${urlFunction(other)}` };
}

function mapReference(text: string, comment: string, start: number): Reference[] {
  const end = start + comment.length;
  const [, url] = sourceMap.exec(comment) ?? [];
  const isLine = isLineBreak(text[start - 1]) && isLineBreak(text[end]);
  if (url === undefined || !isLine) return [];
  return [{ start, end, url: url.trim(), write: (other) => `/*# sourceMappingURL=${other} */` }];
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
