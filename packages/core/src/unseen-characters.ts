/**
 * The first control, format, line-separating or otherwise invisible character of a text, lone surrogates
 * and noncharacters included, as `U+202E`; `undefined` when there is none. Variation selectors are seen:
 * they choose between two shapes of an emoji or an ideograph.
 */
export function unseenCharacter(text: string): string | undefined {
  const found = first.exec(text)?.[0];
  return found === undefined ? undefined : codePoint(found);
}

/** The text without its unseen characters. */
export function withoutUnseen(text: string): string {
  return text.replaceAll(every, '');
}

/** The text with its unseen characters spelled out, as `<U+202E>`. */
export function spelledOut(text: string): string {
  return text.replaceAll(every, (character) => `<${codePoint(character)}>`);
}

// Noncharacters are among them because XML cannot carry U+FFFE and U+FFFF, and S3 lists in XML.
const first =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]--\p{Variation_Selector}]/v;
const every = new RegExp(first, 'gv');

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
