import { html } from 'hono/html';
import type { Member } from '../member.ts';
import type { Html } from './layout.ts';
import { picture } from './picture.ts';

/** The avatar of a member, whose name stands beside it; the initials where there is none. The URLs come from the row. */
export function portrait({ name, avatar }: Member, size: 96 | 144): Html {
  if (!avatar) {
    return html`<span class="portrait of-${size}" aria-hidden="true">${initials(name)}</span>`;
  }
  const variants = ['small', 'medium', 'large'] as const;
  const shown = picture(avatar, {
    variants,
    sizes: `${size}px`,
    alt: '',
    width: size,
    height: size,
  });
  return html`<span class="portrait of-${size}">${shown}</span>`;
}

function initials(name: string): string {
  const words = name.split(/\s+/);
  return [words.at(0), words.length > 1 ? words.at(-1) : '']
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('');
}
