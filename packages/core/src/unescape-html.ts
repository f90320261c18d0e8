/**
 * Replaces HTML's numeric character references and the named ones of ASCII punctuation, blanks and dots,
 * once. Names of letters (`&eacute;`) stay as they are: a filename that holds one means it.
 */
export function unescapeHtml(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-f]+);?|#([0-9]+);?|(amp|lt|gt|quot)(?!;)|([a-z]+);)/gi,
    (
      reference: string,
      hexadecimal: string | undefined,
      decimal: string | undefined,
      bare: string | undefined,
      named: string | undefined,
    ) => {
      if (hexadecimal !== undefined) return character(parseInt(hexadecimal, 16));
      if (decimal !== undefined) return character(parseInt(decimal, 10));
      return characters.get(bare ?? named ?? '') ?? reference;
    },
  );
}

function character(point: number): string {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return '\uFFFD';
  // HTML reads 128 to 159 as Windows-1252: https://html.spec.whatwg.org/#numeric-character-reference-end-state
  if (point >= 0x80 && point <= 0x9f) {
    return new TextDecoder('windows-1252').decode(Uint8Array.of(point));
  }
  return String.fromCodePoint(point);
}

const characters: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '\t': 'Tab',
    '\n': 'NewLine',
    '!': 'excl',
    '"': 'quot QUOT',
    '#': 'num',
    $: 'dollar',
    '%': 'percnt',
    '&': 'amp AMP',
    "'": 'apos',
    '(': 'lpar',
    ')': 'rpar',
    '*': 'ast midast',
    '+': 'plus',
    ',': 'comma',
    '.': 'period',
    '/': 'sol',
    ':': 'colon',
    ';': 'semi',
    '<': 'lt LT',
    '=': 'equals',
    '>': 'gt GT',
    '?': 'quest',
    '@': 'commat',
    '[': 'lsqb lbrack',
    '\\': 'bsol',
    ']': 'rsqb rbrack',
    '^': 'Hat',
    _: 'lowbar UnderBar',
    '`': 'grave DiacriticalGrave',
    '{': 'lcub lbrace',
    '|': 'verbar vert VerticalLine',
    '}': 'rcub rbrace',
    '\u00A0': 'nbsp NonBreakingSpace',
    '\u00AD': 'shy',
    '\u2025': 'nldr',
    '\u2026': 'hellip mldr',
  }).flatMap(([value, names]) => names.split(' ').map((name): [string, string] => [name, value])),
);
