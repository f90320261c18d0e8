import { html } from 'hono/html';
import type { Photo } from '../photo.ts';
import { layout, type Html } from './layout.ts';
import { picture } from './picture.ts';

/** The photos beside one. */
export interface Neighbours {
  readonly newer: Photo | undefined;
  readonly older: Photo | undefined;
}

/** One photo, as large as the window allows. */
export function photoPage(
  { id, caption, image, addedAt }: Photo,
  { newer, older }: Neighbours,
): Html {
  return layout(
    caption,
    html`
      <figure class="large">
        ${picture(image, {
          variants: ['small', 'medium', 'large'],
          sizes: '(max-width: 62rem) calc(100vw - 2rem), 58rem',
          alt: caption,
          width: image.width ?? 4,
          height: image.height ?? 3,
        })}
        <figcaption>
          <h1>${caption}</h1>
          <p class="title">
            Added
            <time datetime="${addedAt.toISOString()}">${addedAt.toISOString().slice(0, 10)}</time>
          </p>
        </figcaption>
      </figure>
      <nav class="steps" aria-label="Photos">
        ${step(newer, '← Newer')} <a href="/photos">All photos</a> ${step(older, 'Older →')}
      </nav>
      <form class="inline" method="post" action="/photos/${id}/delete">
        <button class="danger">Delete photo</button>
      </form>
    `,
  );
}

function step(photo: Photo | undefined, label: string): Html {
  return photo ? html`<a href="/photos/${photo.id}">${label}</a>` : html`<span></span>`;
}
