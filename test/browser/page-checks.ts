/** Scripts for a page, each answering what is wrong with it. */

/** Texts that stand out from what is behind them by less than WCAG 2.2 AA asks for (1.4.3). */
export const pale = `(() => {
  const channel = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) =>
    0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (element) => {
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 0 && element.parentElement ? behind(element.parentElement) : color;
  };
  const hasText = (element) => [...element.childNodes].some((node) =>
    node.nodeType === 3 && node.textContent.trim() !== '');
  return [...document.body.querySelectorAll('*')]
    .filter((element) => hasText(element) && element.checkVisibility())
    .filter((element) => {
      const style = getComputedStyle(element);
      const [dark, light] = [parse(style.color), behind(element)].map(luminance).sort((a, b) => a - b);
      const isLarge = parseFloat(style.fontSize) >= 24;
      return (light + 0.05) / (dark + 0.05) < (isLarge ? 3 : 4.5);
    })
    .map((element) => element.outerHTML);
})()`;

/** Controls that a screen reader could only call by their kind. */
export const nameless = `[...document.querySelectorAll('input, button, a, summary, progress')]
  .filter((element) => element.type !== 'hidden' && !element.labels?.length)
  .filter((element) => !element.textContent.trim() && !element.ariaLabel)
  .map((element) => element.outerHTML)`;

/** Ids that several elements have. */
export const twice = `[...document.querySelectorAll('[id]')].map(({ id }) => id)
  .filter((id, index, all) => all.indexOf(id) !== index)`;

/** Ids that descriptions refer to, and that nothing has. */
export const dangling = `[...document.querySelectorAll('[aria-describedby], [aria-labelledby], [for]')]
  .flatMap((element) => ['aria-describedby', 'aria-labelledby', 'for'].map((name) => element.getAttribute(name)))
  .flatMap((ids) => ids?.split(' ') ?? []).filter((id) => document.getElementById(id) === null)`;

/** What has the focus. */
export const focused = 'document.activeElement.textContent.trim()';
