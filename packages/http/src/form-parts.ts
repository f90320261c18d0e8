import type { FilePart } from '@filefield/core';
import type { FormLimits } from './form-limits.ts';
import { FormReader } from './form-reader.ts';

/** A field of a form that is no file. */
export interface FormField {
  readonly kind: 'field';
  readonly name: string;
  readonly value: string;
}

/** A file of a form while it arrives; `FieldFile.fromPart()` takes it. */
export interface FormFile extends FilePart {
  readonly kind: 'file';
  /** The field. */
  readonly name: string;
  /** The bytes, once, before the next part is asked for; fails where they are cut short. */
  readonly file: AsyncIterable<Uint8Array>;
  /** What the user called it, without directories; cleaned by `FieldFile`, no part of a path. */
  readonly filename: string;
  /** Media type as declared by the sender. */
  readonly mimetype: string;
}

/** A part of a form, in the order in which they arrive. */
export type FormPart = FormField | FormFile;

/** Options of {@link formParts}. */
export interface FormOptions {
  readonly limits?: FormLimits | undefined;
}

/**
 * The parts of a `multipart/form-data` request as they arrive; nothing but fields is held in memory. A file that is not
 * read when the next part is asked for is passed over, so is an input in which no file was chosen.
 *
 * @throws {@link FormError} 400 where the body is no form or breaks off, 413 over a limit, 415 for another kind of body;
 * a file that is being read fails with it too.
 */
export async function* formParts(
  request: Request,
  { limits = {} }: FormOptions = {},
): AsyncGenerator<FormPart> {
  const reader = new FormReader(request, limits);
  try {
    for (;;) {
      const part = await reader.next();
      if (part === undefined) return;
      yield part;
    }
  } finally {
    reader.close();
  }
}
