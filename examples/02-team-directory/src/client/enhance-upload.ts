import { acceptDrops } from './accept-drops.ts';
import { directUploader } from './direct-uploader.ts';
import type { ResumableUploader } from './resumable-uploader.ts';
import { UploadPanel } from './upload-panel.ts';
import type { Uploader } from './uploader.ts';

/** Bytes of one part: what is not larger has nothing to wait for. */
const large = 5 * 1024 * 1024;

/** Makes a form upload its file straight to the storage; without scripts the form sends it to the application. */
export function enhanceUpload(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[type=file]');
  const { upload: endpoint, resumable: id } = form.dataset;
  if (input === null || endpoint === undefined) return;
  const panel = new UploadPanel(form);
  const resumable = id === undefined ? undefined : openResumable(endpoint, id);

  async function upload(file: File, endpoint: string): Promise<void> {
    const inParts = file.size > large ? await resumable : undefined;
    const uploader = inParts ?? directUploader(endpoint);
    await run(file.name, uploader, async () => uploader.upload(file, panel.advance));
  }

  async function openResumable(endpoint: string, id: string): Promise<ResumableUploader> {
    const { ResumableUploader } = await import('./resumable-uploader.ts');
    const uploader = new ResumableUploader(endpoint, id, ({ filename, isLost }) => {
      if (isLost) panel.say(`Choose ${filename} again to go on with its upload`);
      else void run(filename, uploader, async () => uploader.proceed(panel.advance));
    });
    return uploader;
  }

  async function run(
    filename: string,
    uploader: Uploader,
    uploading: () => Promise<string | undefined>,
  ): Promise<void> {
    panel.show(filename, uploader);
    try {
      const token = await uploading();
      if (token === undefined) panel.say('Cancelled');
      else send(form, token);
    } catch (error) {
      panel.say(error instanceof Error ? error.message : String(error));
    }
    panel.hide();
  }

  form.addEventListener('submit', (event) => {
    const file = input.files?.[0];
    if (file === undefined) return;
    event.preventDefault();
    void upload(file, endpoint);
  });
  acceptDrops(form, input);
}

/** Sends the form with the token in place of the file. */
function send(form: HTMLFormElement, token: string): void {
  const hidden = document.createElement('input');
  Object.assign(hidden, { type: 'hidden', name: 'token', value: token });
  form.querySelector('input[type=file]')?.removeAttribute('name');
  form.append(hidden);
  form.submit();
}
