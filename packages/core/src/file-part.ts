import type { FileOptions } from './field-file-options.ts';
import type { SentFile } from './multer-file.ts';
import { sentFilename } from './sent-filename.ts';

/**
 * A file of a multipart form while it arrives: what `request.file()` of `@fastify/multipart` gives, or the arguments of
 * busboy's event as `{ file: stream, ...info }`.
 */
export interface FilePart {
  /** The bytes; read once. */
  readonly file: AsyncIterable<Uint8Array>;
  /** What the user called it. */
  readonly filename?: string | undefined;
  /** Media type as declared by the sender; as Fastify spells it. */
  readonly mimetype?: string | undefined;
  /** The same as busboy spells it. */
  readonly mimeType?: string | undefined;
}

/**
 * The stream of a part, and what its sender says of it.
 * @throws TypeError when it holds no stream, as an object from a request body cannot.
 */
export function filePart(part: FilePart, given: FileOptions): SentFile {
  const { file, filename, mimetype, mimeType } = Object(part) as FilePart;
  if (typeof file !== 'object' || file === null || !(Symbol.asyncIterator in file)) {
    throw new TypeError(
      'Cannot read the part: its file is no stream; pass what request.file() of @fastify/multipart gives, ' +
        'or { file: stream, ...info } of busboy',
    );
  }
  const sent = typeof filename === 'string' ? sentFilename(filename) : undefined;
  const options = {
    ...given,
    filename: given.filename ?? sent,
    type: given.type ?? mimetype ?? mimeType,
  };
  return { source: file, options };
}
