const htmlTags =
  /^<(?:!doctype\s+html|html|head|body|script|iframe|h[1-6]|div|font|table|a|style|title|b|br|p|img|svg:|object|embed|form|input|button|link|meta|base|video|audio|math|template|frameset|marquee|details|span)(?=[\s/>]|$)/i;

/**
 * The type of a text that begins with markup, whatever it is called: `image/svg+xml`, `text/html`,
 * `application/xhtml+xml`, or XML; `undefined` for everything else. Follows the HTML patterns of the WHATWG
 * MIME Sniffing Standard, §7.1, and looks at an XML document's first element.
 *
 * @param named The type that the name stands for; a more precise kind of XML is believed.
 */
export function markupType(head: Uint8Array, named?: string): string | undefined {
  if (!mayBeMarkup(head)) return undefined;
  const text = decoded(head).trimStart();
  if (!text.startsWith('<')) return undefined;
  const isXml = /^<\?xml[\s?]/i.test(text);
  const start = withoutProlog(text);
  if (/^<(?:!doctype\s+svg|(?:[\w.-]+:)?svg)(?=[\s/>:[]|$)/i.test(start)) return 'image/svg+xml';
  if (isXml && /^<(?:!doctype\s+html|(?:[\w.-]+:)?html)(?=[\s/>]|$)/i.test(start)) {
    return 'application/xhtml+xml';
  }
  if (isXml) return named !== undefined && /[/+]xml$/.test(named) ? named : 'application/xml';
  if (!htmlTags.test(start) && !text.startsWith('<!--')) return undefined;
  return named === 'application/xhtml+xml' ? named : 'text/html';
}

/** Drops what may stand before the first element: declarations, instructions, comments. */
function withoutProlog(text: string): string {
  let rest = text;
  for (;;) {
    const next = rest.replace(/^(?:<\?[^>]*\?>|<!--[^]*?-->)\s*/, '');
    if (next === rest) return rest;
    rest = next;
  }
}

/** Most files are told by their first byte: neither blank, nor `<`, nor of a byte order mark. */
function mayBeMarkup(head: Uint8Array): boolean {
  const first = head[0] ?? 0;
  return first === 0x3c || first <= 0x20 || first >= 0xa0;
}

function decoded(head: Uint8Array): string {
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be').decode(head);
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le').decode(head);
  const isUtf8 = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  // Latin-1 keeps every byte: markup hidden behind a broken sequence stays visible.
  return Buffer.from(isUtf8 ? head.subarray(3) : head).toString('latin1');
}
