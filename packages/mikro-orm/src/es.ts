export { FileField } from './field/es-file-field.ts';
export { ImageField } from './field/es-image-field.ts';
