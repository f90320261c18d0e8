/** How long a text may be. */
export interface TextLimits {
  /** Bytes of UTF-8. */
  readonly bytes: number;
  /** Unicode code points, which is what PostgreSQL counts in `varchar(n)`. Default: no limit. */
  readonly characters?: number | undefined;
}

/** The longest beginning of a text that fits; never ends inside a code point. */
export function cutText(text: string, { bytes, characters = Infinity }: TextLimits): string {
  // No UTF-16 unit takes more than three bytes: most texts fit without being counted.
  if (text.length * 3 <= bytes && text.length <= characters) return text;
  let end = 0;
  let usedBytes = 0;
  let usedCharacters = 0;
  for (const character of text) {
    usedBytes += byteLength(character);
    usedCharacters += 1;
    if (usedBytes > bytes || usedCharacters > characters) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Bytes that a text takes in UTF-8. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Unicode code points of a text. */
export function characterLength(text: string): number {
  return isAscii.test(text) ? text.length : Array.from(text).length;
}

const isAscii = /^[\x20-\x7e]*$/;
