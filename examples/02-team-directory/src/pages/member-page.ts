import { html } from 'hono/html';
import type { Document } from '../document.ts';
import type { Member } from '../member.ts';
import { documentItem } from './document-item.ts';
import { fileInput } from './file-input.ts';
import { avatarInput } from './gallery-page.ts';
import { layout, type Html } from './layout.ts';
import { portrait } from './portrait.ts';

/** What was wrong with a file that was sent, by the input it was sent with: `avatar`, `file`, `file-7`. */
export type Problems = Readonly<Record<string, readonly string[]>>;

/** A member with an avatar that everybody can see, and documents that nobody can without a signed URL. */
export function memberPage(
  member: Member,
  documents: readonly Document[],
  problems: Problems = {},
): Html {
  const path = `/members/${member.id}`;
  return layout(
    member.name,
    html`
      <div class="person">
        ${portrait(member, 144)}
        <div>
          <h1>${member.name}</h1>
          <p class="title">${member.title}</p>
        </div>
      </div>
      <section class="card" aria-labelledby="documents">
        <h2 id="documents">Documents</h2>
        <ul class="documents">
          ${documents.map((document) => documentItem(document, problems[`file-${document.id}`]))}
        </ul>
        <form
          method="post"
          action="${path}/documents"
          enctype="multipart/form-data"
          data-upload="/uploads"
          data-resumable="${path}"
        >
          ${fileInput({
            id: 'file',
            label: 'New document',
            help: 'Any file, at most 2 GB. Drop it here, too.',
            problems: problems['file'],
          })}
          <button>Upload</button>
        </form>
      </section>
      <section class="card" aria-labelledby="avatar-title">
        <h2 id="avatar-title">Avatar</h2>
        <form method="post" action="${path}/avatar" enctype="multipart/form-data">
          ${avatarInput({ label: 'New avatar', problems: problems['avatar'] })}
          <button>${member.avatar ? 'Replace avatar' : 'Add avatar'}</button>
        </form>
        ${member.avatar ? button(`${path}/avatar/delete`, 'Remove avatar') : ''}
      </section>
      ${button(`${path}/delete`, `Delete ${member.name}`)}
    `,
  );
}

function button(action: string, label: string): Html {
  return html`<form class="inline" method="post" action="${action}">
    <button class="danger">${label}</button>
  </form>`;
}
