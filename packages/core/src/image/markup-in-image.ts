const markup = /<(?:!doctype\s+html|html|body|script|iframe|object|embed|svg)[\s/>]|<\?php/i;

/** How many characters the longest tag that is looked for may have before the next chunk. */
export const markupReach = 24;

/** Whether a text holds what a browser or a server that guesses could take for a page or a program. */
export function hasMarkup(text: string): boolean {
  return markup.test(text);
}
