import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { cleanFilename, InvalidNameError } from '@filefield/core';
import { drainBody } from './drain-body.ts';
import { FormError } from './form-error.ts';
import { formLimits, headerBytes, type FormLimits } from './form-limits.ts';
import type { FormPart } from './form-parts.ts';
import { PartBytes } from './part-bytes.ts';

/** The longest name of a field in characters. */
const nameLength = 1000;

type Limits = ReturnType<typeof formLimits>;

/** Takes a form apart while it arrives: busboy finds the parts, this keeps the limits and one failure for everybody. */
export class FormReader {
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  readonly #parser: BusboyInstance;
  readonly #limits: Limits;
  readonly #parts: FormPart[] = [];
  readonly #files = new Set<PartBytes>();
  readonly #counted = { fields: 0, fieldBytes: 0, files: 0, bytes: 0 };
  readonly #failed: PromiseWithResolvers<never> = Promise.withResolvers();
  #failure: { readonly error: unknown } | undefined;
  #current: PartBytes | undefined;
  #isEnded = false;
  #wake: (() => void) | undefined;

  /**
   * @param alwaysFile The field that is a file even without a filename. Default: none.
   * @throws {@link FormError} when the request holds no form.
   */
  constructor(request: Request, limits: FormLimits, alwaysFile?: string) {
    this.#limits = formLimits(limits);
    const headers = { 'content-type': request.headers.get('content-type') ?? '' };
    this.#body = bodyOf(request, this.#limits);
    this.#failed.promise.catch(() => undefined);
    this.#parser = new Busboy({
      headers,
      isPartAFile: (name, _, filename) => filename !== undefined || name === alwaysFile,
      limits: {
        fieldSize: this.#limits.fieldBytes,
        fileSize: this.#limits.fileBytes,
        parts: this.#limits.parts,
        headerPairs: 20,
        headerSize: headerBytes,
      },
    });
    this.#listen(request.signal);
    void this.#pump();
  }

  /** The next part; `undefined` at the end of the form. */
  async next(): Promise<FormPart | undefined> {
    await this.#current?.pass();
    this.#current = undefined;
    while (this.#parts.length === 0 && !this.#isEnded && this.#failure === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    const part = this.#parts.shift();
    if (part?.kind === 'file' && part.file instanceof PartBytes) this.#current = part.file;
    return part;
  }

  /** Lets go of the form, wherever it is. */
  close(): void {
    if (!this.#isEnded) this.#fail(new FormError(400, 'it was left before its end'));
  }

  #listen(signal: AbortSignal): void {
    const { fileBytes } = this.#limits;
    this.#parser.on('field', (name, value, _isNameCut, isCut, encoding) => {
      if (this.#isKept(name, encoding)) this.#takeField(name, value, isCut);
    });
    this.#parser.on('file', (name, stream, sent, encoding, mimetype) => {
      const file = new PartBytes(stream, name);
      const filename = chosenFilename(sent);
      stream.on('limit', () => {
        this.#refuse(413, `the file is over the limit of ${fileBytes} bytes`, name);
      });
      if (this.#isKept(name, encoding) && filename !== undefined) {
        this.#takeFile({ kind: 'file', name, filename, mimetype, file }, file);
      } else stream.resume();
    });
    this.#parser.on('partsLimit', () => this.#refuse(413, 'it has too many parts'));
    this.#parser.on('error', (cause) => {
      this.#fail(new FormError(400, 'its body is cut off or no form', { cause }));
    });
    this.#parser.on('finish', () => {
      this.#isEnded = true;
      this.#wake?.();
    });
    signal.addEventListener('abort', () => this.#leave(signal.reason), { once: true });
  }

  #isKept(name: string | undefined, encoding: string): boolean {
    if (name === undefined || name === '') this.#refuse(400, 'a part has no name');
    else if (name.length > nameLength) {
      this.#refuse(400, `the name of a part is longer than ${nameLength} characters`);
    } else if (!/^(?:7bit|8bit|binary)$/.test(encoding)) {
      this.#refuse(
        415,
        `the encoding ${JSON.stringify(encoding.slice(0, 100))} is none of forms`,
        name,
      );
    }
    return this.#failure === undefined;
  }

  #takeField(name: string, value: string, isCut: boolean): void {
    const { fields, fieldBytes } = this.#limits;
    const count = this.#counted;
    count.fields += 1;
    count.fieldBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (count.fields > fields) this.#refuse(413, `it has more than ${fields} fields`);
    else if (isCut || count.fieldBytes > fieldBytes) {
      this.#refuse(413, `the fields are over the limit of ${fieldBytes} bytes`, name);
    } else this.#take({ kind: 'field', name, value });
  }

  #takeFile(part: FormPart, file: PartBytes): void {
    this.#counted.files += 1;
    this.#files.add(file);
    if (this.#counted.files <= this.#limits.files) this.#take(part);
    else this.#refuse(413, `there are more than ${this.#limits.files} files`, part.name);
  }

  #take(part: FormPart): void {
    this.#parts.push(part);
    this.#wake?.();
  }

  /** Feeds the parser, as fast as somebody reads the files. */
  async #pump(): Promise<void> {
    try {
      while (this.#failure === undefined) {
        const { done, value } = await this.#body.read();
        if (done) return void this.#parser.end();
        this.#counted.bytes += value.byteLength;
        if (this.#counted.bytes > this.#limits.bytes) throw tooLarge(this.#limits);
        await Promise.race([this.#write(value), this.#failed.promise]);
      }
    } catch (error) {
      this.#leave(error);
    }
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#parser.write(chunk, () => resolve());
    await promise;
  }

  #refuse(status: 400 | 413 | 415, reason: string, field?: string): void {
    this.#fail(new FormError(status, reason, { field }));
  }

  #leave(error: unknown): void {
    const isOurs = error instanceof FormError;
    this.#fail(isOurs ? error : new FormError(400, 'its sender broke off', { cause: error }));
  }

  #fail(error: FormError): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#failed.reject(error);
    for (const file of this.#files) file.fail(error);
    this.#wake?.();
    drainBody(this.#body);
  }
}

function bodyOf(request: Request, limits: Limits): ReadableStreamDefaultReader<Uint8Array> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*(?:;|$)/i.test(type)) {
    throw new FormError(415, 'the body is none, multipart/form-data is wanted');
  }
  // RFC 2046 §5.1.1: at most 70 characters.
  if (!/;\s*boundary=(?:"[^"]{1,70}"|[^\s;"]{1,70})\s*(?:;|$)/i.test(type)) {
    throw new FormError(400, 'its Content-Type names no boundary');
  }
  if (Number(request.headers.get('content-length')) > limits.bytes) throw tooLarge(limits);
  if (request.bodyUsed) {
    throw new TypeError('Cannot read the form: the body of the request was read before');
  }
  if (request.body === null) throw new FormError(400, 'the request has no body');
  return request.body.getReader();
}

function tooLarge({ bytes }: Limits): FormError {
  return new FormError(413, `the body is over the limit of ${bytes} bytes`);
}

/** What a browser called the file, a quote as it was before the browser escaped it; `undefined` where nobody chose one. */
function chosenFilename(sent: string | undefined): string | undefined {
  if (sent === undefined) return 'file';
  const filename = sent.replaceAll('%22', '"');
  try {
    cleanFilename(filename);
    return filename;
  } catch (error) {
    if (error instanceof InvalidNameError) return undefined;
    throw error;
  }
}
