import { acceptDrops } from './accept-drops.ts';
import { directUploader } from './direct-uploader.ts';
import type { ResumableUploader } from './resumable-uploader.ts';
import { UploadPanel } from './upload-panel.ts';
import type { Uploader } from './uploader.ts';

/** Bytes of one part: what is not larger has nothing to wait for. */
const large = 5 * 1024 * 1024;

/** Makes a form with a file upload it straight to the storage; without scripts the form still sends it to the application. */
export async function enhanceUpload(form: HTMLFormElement): Promise<void> {
  const input = form.querySelector<HTMLInputElement>('input[type=file]');
  const { upload: endpoint, resumable: id } = form.dataset;
  if (input === null || endpoint === undefined) return;
  const panel = new UploadPanel(form);
  let forLarge: ResumableUploader | undefined;

  form.addEventListener('submit', (event) => {
    const file = input.files?.[0];
    if (file === undefined) return;
    event.preventDefault();
    const uploader = file.size > large && forLarge ? forLarge : directUploader(endpoint);
    void run(file.name, uploader, async () => uploader.upload(file, panel.advance));
  });
  acceptDrops(form, input);

  async function run(
    filename: string,
    uploader: Uploader,
    upload: () => Promise<string | undefined>,
  ): Promise<void> {
    panel.show(filename, uploader);
    try {
      const token = await upload();
      if (token === undefined) panel.say('Cancelled');
      else send(token);
    } catch (error) {
      panel.say(String(error instanceof Error ? error.message : error));
    }
    panel.hide();
  }

  /** The token goes in place of the file. */
  function send(token: string): void {
    const hidden = Object.assign(document.createElement('input'), {
      type: 'hidden',
      name: 'token',
    });
    hidden.value = token;
    input!.disabled = true;
    form.append(hidden);
    form.submit();
  }

  if (id !== undefined) {
    const { ResumableUploader } = await import('./resumable-uploader.ts');
    const uploader = new ResumableUploader(endpoint, id, ({ filename, isLost }) => {
      if (isLost) panel.say(`Choose ${filename} again to go on with its upload`);
      else void run(filename, uploader, async () => uploader.proceed(panel.advance));
    });
    forLarge = uploader;
  }
}
