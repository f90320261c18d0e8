import type { OnProgress, Uploader } from './uploader.ts';

/** Shows how far an upload is, with the buttons that hold and end it. */
export class UploadPanel {
  readonly #root = document.createElement('div');
  readonly #progress = document.createElement('progress');
  readonly #status = document.createElement('p');
  readonly #submit: HTMLButtonElement | null;
  readonly #pause = button('Pause');
  readonly #cancel = button('Cancel');
  #uploader: Uploader | undefined;
  #said = 0;

  constructor(form: HTMLFormElement) {
    this.#submit = form.querySelector('button');
    this.#root.className = 'upload';
    this.#progress.setAttribute('aria-label', 'Upload');
    this.#status.setAttribute('role', 'status');
    this.#root.append(this.#progress, this.#pause, this.#cancel);
    this.#root.hidden = true;
    this.#pause.addEventListener('click', () => this.#toggle());
    this.#cancel.addEventListener('click', () => this.#uploader?.cancel());
    form.append(this.#root, this.#status);
  }

  /** Makes the buttons act on an upload. */
  show(filename: string, uploader: Uploader): void {
    this.#uploader = uploader;
    this.#root.hidden = false;
    this.#submit?.toggleAttribute('disabled', true);
    this.#said = 0;
    this.#progress.value = 0;
    this.say(`Uploading ${filename}`);
    this.#pause.hidden = uploader.pause === undefined;
    this.#pause.textContent = 'Pause';
  }

  /** Every tenth is said aloud: more would be noise. */
  readonly advance: OnProgress = (sent, total) => {
    this.#progress.value = total === 0 ? 0 : sent / total;
    const tenths = Math.floor(this.#progress.value * 10);
    if (tenths > this.#said) this.say(`${tenths * 10} % uploaded`);
    this.#said = Math.max(this.#said, tenths);
  };

  hide(): void {
    this.#root.hidden = true;
    this.#submit?.toggleAttribute('disabled', false);
  }

  /** Tells people who look, and people who listen. */
  say(text: string): void {
    this.#status.textContent = text;
  }

  #toggle(): void {
    const isPaused = this.#pause.textContent === 'Pause';
    this.#pause.textContent = isPaused ? 'Resume' : 'Pause';
    this.say(isPaused ? 'Paused' : 'Uploading');
    if (isPaused) this.#uploader?.pause?.();
    else this.#uploader?.resume?.();
  }
}

function button(label: string): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'quiet';
  element.textContent = label;
  return element;
}
