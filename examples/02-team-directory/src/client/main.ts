import { enhanceUpload } from './enhance-upload.ts';

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-upload]')) {
  enhanceUpload(form);
}
