import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FilePart } from '@filefield/core';
import busboy from 'busboy';

/**
 * The first file of a form, while its bytes arrive; `undefined` where the form has none.
 * @throws Error when the request is no form, or breaks off before the file.
 */
export async function sentPart(request: Request): Promise<FilePart | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<FilePart | undefined>();
  const parser = busboy({ headers: Object.fromEntries(request.headers), limits: { files: 1 } });
  parser.on('file', (_field, file, info) => resolve({ file, ...info }));
  // Who reads the file hears of what goes wrong after it began.
  pipeline(Readable.fromWeb(request.body ?? emptyBody()), parser).then(
    () => resolve(undefined),
    reject,
  );
  return promise;
}

function emptyBody(): ReadableStream {
  return new Blob([]).stream();
}
