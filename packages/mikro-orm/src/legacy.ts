export { FileField } from './field/legacy-file-field.ts';
