import { html } from 'hono/html';
import type { Photo } from '../photo.ts';
import { photoTypes } from '../photo-types.ts';
import { fileInput } from './file-input.ts';
import { layout, type Html } from './layout.ts';
import { picture } from './picture.ts';

/** What was typed into the form for a new photo, and what was wrong with it. */
export interface NewPhoto {
  readonly caption: string;
  readonly problems: readonly string[];
}

const nothing: NewPhoto = { caption: '', problems: [] };

/** All photos, the newest first, and a form for another one. */
export function albumPage(photos: readonly Photo[], typed: NewPhoto = nothing): Html {
  return layout(
    'Photos',
    html`
      <div class="head">
        <h1>Photos</h1>
        <a href="#new">Add a photo</a>
      </div>
      ${
        photos.length === 0
          ? html`<p class="empty">Nobody has added a photo yet.</p>`
          : html`<ul class="album">
              ${photos.map(item)}
            </ul>`
      }
      <section class="card" aria-labelledby="new">
        <h2 id="new">New photo</h2>
        <form method="post" action="/photos" enctype="multipart/form-data">
          ${fileInput({
            id: 'photo',
            label: 'Photo',
            help: 'As your phone takes it: JPEG, PNG, WebP, AVIF or GIF, at most 30 MB. Everybody can see it.',
            accept: photoTypes.join(','),
            problems: typed.problems,
          })}
          <div class="field">
            <label for="caption">Caption</label>
            <input id="caption" name="caption" value="${typed.caption}" required maxlength="200" />
          </div>
          <button>Add photo</button>
        </form>
      </section>
    `,
  );
}

function item({ id, caption, image }: Photo): Html {
  return html`
    <li>
      <a class="photo" href="/photos/${id}">
        ${picture(image, {
          variants: ['small', 'medium', 'large'],
          sizes: '(max-width: 40rem) calc(100vw - 2rem), 20rem',
          alt: '',
          width: image.width ?? 4,
          height: image.height ?? 3,
        })}
        <span class="caption">${caption}</span>
      </a>
    </li>
  `;
}
