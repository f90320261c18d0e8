import { cutText } from './cut-text.ts';
import { unescapeHtml } from './unescape-html.ts';
import { spelledOut } from './unseen-characters.ts';

/**
 * What is wrong with the form that a name takes once somebody behind us decodes it (a proxy, a browser, a
 * template, a best-fit code page): percent-encoding, also nested, overlong or `%uXXXX`, HTML entities,
 * full-width and other compatibility characters.
 *
 * @returns the end of a message, or `undefined` when every decoded form stays inside the storage.
 */
export function hiddenProblem(name: string): string | undefined {
  const decoded = decodedForm(name);
  if (separators(decoded) > separators(name)) return 'it holds an encoded separator';
  if (/\p{Cc}/u.test(decoded)) return 'it holds an encoded control character';
  if (/^[a-z]:/i.test(decoded)) return 'it holds an encoded drive letter';
  // `..;` as well: servers that cut path parameters read it as `..`.
  if (decoded.split('/').some((component) => /^[.\s]+(?:;|$)/.test(component))) {
    return 'it holds an encoded "." or ".." component';
  }
  return undefined;
}

/**
 * A name as an error may show it: only the last part of an absolute path or a URL, be it an encoded one, about
 * `bytes` bytes at most (default 200), unseen characters spelled out.
 */
export function shownName(name: string, bytes = 200): string {
  const decoded = name.length <= 4096 ? decodedForm(name) : name;
  const shown = isAbsolute(name) ? lastPart(name) : isAbsolute(decoded) ? lastPart(decoded) : name;
  return spelledOut(shown.length > bytes ? `${cutText(shown, { bytes })}…` : shown);
}

function decodedForm(name: string): string {
  let decoded = name;
  for (;;) {
    // Every round that changes more than the normal form makes the text shorter, so this ends.
    const next = percentDecoded(unescapeHtml(decoded.normalize('NFKC')));
    if (next === decoded) return decoded;
    decoded = next;
  }
}

function percentDecoded(text: string): string {
  return text
    .replaceAll(/%u([0-9a-f]{4})/gi, (_, digits: string) =>
      String.fromCharCode(parseInt(digits, 16)),
    )
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
      lenientUtf8(Buffer.from(run.replaceAll('%', ''), 'hex')),
    );
}

/** UTF-8 as careless decoders read it: overlong forms give the character they spell. */
function lenientUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length;) {
    const lead = bytes[index] ?? 0;
    const length = sequenceLength(lead);
    const rest = bytes.subarray(index + 1, index + length);
    const whole = length > 0 && rest.length === length - 1;
    if (!whole || !rest.every((byte) => (byte & 0xc0) === 0x80)) {
      text += '\uFFFD';
      index += 1;
      continue;
    }
    const first = length === 1 ? lead : lead & (0x7f >> length);
    const point = rest.reduce((value, byte) => value * 64 + (byte & 0x3f), first);
    text += point > 0x10ffff ? '\uFFFD' : String.fromCodePoint(point);
    index += length;
  }
  return text;
}

/** Up to six bytes, as before RFC 3629; 0 for what cannot begin a character. */
function sequenceLength(lead: number): number {
  const ones = Math.clz32(~(lead << 24));
  return ones === 0 ? 1 : ones >= 2 && ones <= 6 ? ones : 0;
}

function separators(text: string): number {
  return text.match(/[/\\]/g)?.length ?? 0;
}

function isAbsolute(name: string): boolean {
  return /^\s*(?:[/\\]|[a-z][a-z0-9+.-]*:[/\\])/i.test(name);
}

function lastPart(path: string): string {
  // A URL shows neither who may enter nor what was signed.
  const url = /^\s*[a-z][a-z0-9+.-]+:\/\/(?:[^/?#]*@)?([^?#]*)/i.exec(path);
  return (url?.[1] ?? path).split(/[/\\:]+/).findLast((part) => part !== '') ?? '';
}
