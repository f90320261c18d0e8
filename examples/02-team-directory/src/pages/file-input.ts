import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** What a file input says about itself. */
export interface FileInputOptions {
  /** Unique on the page. */
  readonly id: string;
  readonly label: string;
  /** What is accepted, in words. */
  readonly help: string;
  /** What was wrong with the file that was sent. None by default. */
  readonly problems?: readonly string[] | undefined;
  readonly accept?: string;
  readonly required?: boolean;
}

/** A labelled input named `file`, with what is wrong said at its side. */
export function fileInput(options: FileInputOptions): Html {
  const { id, label, help, problems = [], accept = '', required = true } = options;
  return html`
    <div class="field">
      <label for="${id}">${label}</label>
      <input
        type="file"
        id="${id}"
        name="file"
        accept="${accept}"
        aria-describedby="${id}-help ${id}-problems"
        ${required ? 'required' : ''}
        ${problems.length > 0 ? html`aria-invalid="true" autofocus` : ''}
      />
      <p class="help" id="${id}-help">${help}</p>
      <ul class="problems" id="${id}-problems">
        ${problems.map((problem) => html`<li>${problem}</li>`)}
      </ul>
    </div>
  `;
}
