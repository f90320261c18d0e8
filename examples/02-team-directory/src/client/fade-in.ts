/** Lets an image that is not there yet come up softly over its placeholder. */
export function fadeIn(image: HTMLImageElement): void {
  if (image.complete) return;
  image.classList.add('awaited');
  for (const end of ['load', 'error']) {
    image.addEventListener(end, () => image.classList.remove('awaited'), { once: true });
  }
}
