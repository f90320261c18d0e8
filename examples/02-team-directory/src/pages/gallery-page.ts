import { html } from 'hono/html';
import type { Member } from '../member.ts';
import { photoTypes } from '../photo-types.ts';
import { fileInput, type FileInputOptions } from './file-input.ts';
import { layout, type Html } from './layout.ts';
import { portrait } from './portrait.ts';

/** What was typed into the form for a new member, and what was wrong with its avatar. */
export interface NewMember {
  readonly name: string;
  readonly title: string;
  readonly problems: readonly string[];
}

const nobody: NewMember = { name: '', title: '', problems: [] };

/** All members, and a form for a new one. */
export function galleryPage(members: readonly Member[], typed: NewMember = nobody): Html {
  return layout(
    'Members',
    html`
      <h1>Members</h1>
      <ul class="gallery">
        ${members.map(card)}
      </ul>
      <section class="card" aria-labelledby="new">
        <h2 id="new">New member</h2>
        <form method="post" action="/members" enctype="multipart/form-data">
          <div class="field">
            <label for="name">Name</label>
            <input id="name" name="name" value="${typed.name}" required maxlength="100" />
          </div>
          <div class="field">
            <label for="title">Title</label>
            <input id="title" name="title" value="${typed.title}" required maxlength="100" />
          </div>
          ${avatarInput({ label: 'Avatar', problems: typed.problems, required: false })}
          <button>Add member</button>
        </form>
      </section>
    `,
  );
}

/** The input for an avatar. */
export function avatarInput(
  options: Pick<FileInputOptions, 'label' | 'problems' | 'required'>,
): Html {
  return fileInput({
    id: 'avatar',
    help: 'As your phone takes it: JPEG, PNG, WebP, AVIF or GIF, at most 15 MB. Everybody can see it.',
    accept: photoTypes.join(','),
    ...options,
  });
}

function card(member: Member): Html {
  return html`
    <li>
      <a class="card member" href="/members/${member.id}">
        ${portrait(member, 96)}
        <span class="name">${member.name}</span>
        <span class="title">${member.title}</span>
      </a>
    </li>
  `;
}
