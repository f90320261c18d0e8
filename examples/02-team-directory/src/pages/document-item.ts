import { html } from 'hono/html';
import type { Document } from '../document.ts';
import { fileInput } from './file-input.ts';
import { formatBytes } from './format-bytes.ts';
import type { Html } from './layout.ts';

/** A document with what can be done to it. */
export function documentItem({ id, file, addedAt }: Document, problems?: readonly string[]): Html {
  const path = `/documents/${id}`;
  return html`
    <li>
      <p class="document">
        <a href="${path}" download>${file.filename}</a>
        <span>${formatBytes(file.size ?? 0)}</span>
        <span>${file.type}</span>
        <time datetime="${addedAt.toISOString()}">${addedAt.toISOString().slice(0, 10)}</time>
      </p>
      <details ${problems ? 'open' : ''}>
        <summary>Change <span class="hidden">${file.filename}</span></summary>
        <form method="post" action="${path}/rename">
          <div class="field">
            <label for="name-${id}">Name</label>
            <input id="name-${id}" name="filename" value="${file.filename}" required />
          </div>
          <button>Rename</button>
        </form>
        <form
          method="post"
          action="${path}/replace"
          enctype="multipart/form-data"
          data-upload="/uploads"
        >
          ${fileInput({ id: `file-${id}`, label: 'Another file', help: 'At most 2 GB.', problems })}
          <button>Replace</button>
        </form>
        <form method="post" action="${path}/delete">
          <button class="danger">Delete</button>
        </form>
      </details>
    </li>
  `;
}
