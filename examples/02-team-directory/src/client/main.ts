import { enhanceUpload } from './enhance-upload.ts';
import { fadeIn } from './fade-in.ts';

for (const image of document.querySelectorAll<HTMLImageElement>('.picture .shown')) fadeIn(image);
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-upload]')) {
  enhanceUpload(form);
}
