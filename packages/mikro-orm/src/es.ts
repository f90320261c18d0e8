export { FileField } from './field/es-file-field.ts';
