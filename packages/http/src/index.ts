export { FormError } from './form-error.ts';
export type { FormLimits } from './form-limits.ts';
export {
  formParts,
  type FormField,
  type FormFile,
  type FormOptions,
  type FormPart,
} from './form-parts.ts';
export { readForm, type Form, type ReadFormOptions, type StoreFile } from './read-form.ts';
