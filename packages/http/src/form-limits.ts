/** How much a form may hold; what is over a limit ends the reading with `FormError` 413. */
export interface FormLimits {
  /** How many fields. Default 100. */
  readonly fields?: number | undefined;
  /** Bytes of all fields together, their names included. Default 1 MiB. */
  readonly fieldBytes?: number | undefined;
  /** How many files. Default 10. */
  readonly files?: number | undefined;
  /** Bytes of each file. Default 100 MiB; the limit of a field (`maxSize`) is checked by whatever stores the file. */
  readonly fileBytes?: number | undefined;
  /** Bytes of the whole body. Default: what the other limits allow. */
  readonly bytes?: number | undefined;
}

const mebibyte = 1024 * 1024;

/** Bytes of the headers of one part. */
export const headerBytes: number = 16 * 1024;

/** The limits with their defaults. */
export function formLimits(
  limits: FormLimits,
): Readonly<Record<keyof FormLimits | 'parts', number>> {
  const { fields = 100, fieldBytes = mebibyte, files = 10, fileBytes = 100 * mebibyte } = limits;
  // Twice the files: an input in which nobody chose a file is a part too.
  const parts = fields + 2 * files;
  const { bytes = fieldBytes + files * fileBytes + (parts + 1) * headerBytes } = limits;
  return { fields, fieldBytes, files, fileBytes, bytes, parts };
}
