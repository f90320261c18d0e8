import { html } from 'hono/html';
import type { Member } from '../member.ts';
import type { Html } from './layout.ts';

/** The avatar of a member, whose name stands beside it; the initials where there is none. The URL comes from the row. */
export function portrait({ name, avatar }: Member, size: number): Html {
  if (!avatar) return html`<span class="portrait" aria-hidden="true">${initials(name)}</span>`;
  return html`<img
    class="portrait"
    src="${avatar.url}"
    alt=""
    width="${size}"
    height="${size}"
    loading="lazy"
  />`;
}

function initials(name: string): string {
  const words = name.split(/\s+/);
  return [words.at(0), words.length > 1 ? words.at(-1) : '']
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('');
}
