export { FileField } from './field/legacy-file-field.ts';
export { ImageField } from './field/legacy-image-field.ts';
