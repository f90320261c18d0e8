import { FileFieldError } from '@filefield/core';

/** Thrown when the body of a request is no form that may be read: cut off, too large, or something else. */
export class FormError extends FileFieldError {
  readonly code = 'FORM';
  /** What to answer: 400 when it is no form or broke off, 413 when it is over a limit, 415 when it is another kind of body. */
  readonly status: 400 | 413 | 415;
  /** The field that broke a limit, where it is one. */
  readonly field: string | undefined;

  constructor(
    status: 400 | 413 | 415,
    reason: string,
    { field, ...options }: ErrorOptions & { readonly field?: string | undefined } = {},
  ) {
    const about = field === undefined ? 'the form' : `${JSON.stringify(field)} of the form`;
    super(`Cannot read ${about}: ${reason}`, options);
    this.status = status;
    this.field = field;
  }
}
