import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { PendingFileError, UnsupportedOperationError } from './errors.ts';
import type {
  FileJson,
  FileOptions,
  PathOptions,
  StoredReference,
  UploadOptions,
  VerifyOptions,
} from './field-file-options.ts';
import { FileContent } from './file-content.ts';
import type { FileMetadata, FileRow } from './file-row.ts';
import type { FileSource, FileStat, FileStorage, FileUrlOptions } from './file-storage.ts';
import { typeOfName } from './file-type.ts';
import { filePart, type FilePart } from './file-part.ts';
import { cleanFilename } from './filename.ts';
import { multerFile, type MulterFile } from './multer-file.ts';
import type {
  FileBinding,
  FileContext,
  PendingFile,
  PendingOrigin,
  StagedUpload,
} from './pending-file.ts';
import { assertVerifiable, verified } from './reading.ts';
import { heldSource, PathSource, pathSource, readSource, sourceFacts } from './source.ts';
import { assertReadable, checkedRange } from './storage-names.ts';
import { spelledOut } from './unseen-characters.ts';
import { placeholderUrl, thumbhashOf } from './variant/placeholder-url.ts';
import { variantUrl, type VariantSource } from './variant/variant-url.ts';

let binding!: FileBinding<FieldFile>;

/** A file that was uploaded or is to be uploaded, until a commit makes it an ordinary stored one. */
interface Upload {
  readonly pending?: PendingFile | undefined;
  readonly staged?: StagedUpload | undefined;
}

/**
 * The value of a file field: *pending* until a flush has uploaded it, then *stored*. Immutable for its users;
 * an empty field is `null`.
 *
 * @example
 * ```ts
 * user.avatar = FieldFile.from(bytes, { filename: 'me.png' });
 * await em.flush();
 * user.avatar.size;
 * ```
 */
export class FieldFile extends FileContent {
  #row: FileRow | undefined;
  #context: FileContext | undefined;
  #upload: Upload | undefined;

  private constructor(row?: FileRow, context?: FileContext, upload?: Upload) {
    super();
    this.#row = row;
    this.#context = context;
    this.#upload = upload;
  }

  /**
   * A pending file with the given bytes. Nothing is read before the flush.
   * @throws TypeError when the source is not bytes, such as a plain object from a request body.
   * @throws {@link InvalidNameError} when nothing of the filename may be kept, as in `..`.
   */
  static from(source: FileSource, options: FileOptions = {}): FieldFile {
    return FieldFile.#from({ kind: 'source', source: heldSource(source) }, options);
  }

  /**
   * A pending file with the bytes of a file of this machine; whether it is there, the flush finds out. Never pass a path
   * that comes from a request.
   */
  static fromPath(path: string | URL, options: PathOptions = {}): FieldFile {
    const source = pathSource(path, { move: options.move });
    return FieldFile.#from({ kind: 'source', source }, options);
  }

  /**
   * A pending file with what multer received, in Express or NestJS: `request.file` of its memory or disk storage. One on
   * the disk is moved: it is gone once it is stored.
   * @throws TypeError when it is anything else, such as a value of a request body.
   */
  static fromMulter(file: MulterFile, options: FileOptions = {}): FieldFile {
    const sent = multerFile(file, options);
    return FieldFile.#from({ kind: 'source', source: sent.source }, sent.options);
  }

  /**
   * A pending file with a part of a multipart form that is still arriving: `await request.file()` of
   * `@fastify/multipart`, or `{ file: stream, ...info }` of busboy. A part that its parser cuts short is refused.
   * @throws TypeError when it holds no stream.
   */
  static fromPart(part: FilePart, options: FileOptions = {}): FieldFile {
    const sent = filePart(part, options);
    return FieldFile.from(sent.source, sent.options);
  }

  /**
   * A pending file with what a browser uploaded straight to the storage, by the token of that upload. Whatever stands in
   * the token, the flush believes only what it signed, then checks the object and copies it to its final name.
   * Until then the file has neither filename nor size.
   * @throws TypeError when the token is no text.
   */
  static fromUpload(token: string, { subject, metadata }: UploadOptions = {}): FieldFile {
    if (typeof token !== 'string') {
      throw new TypeError('Cannot read the upload: its token is no text; pass what the form sent');
    }
    return FieldFile.#from({ kind: 'upload', token, subject }, { metadata });
  }

  /**
   * Refers to an existing object on purpose. The flush checks that it is there; unless told to `own` it, the row never
   * deletes it.
   * @throws {@link InvalidNameError} when no storage could hold an object of that name.
   */
  static stored(reference: StoredReference): FieldFile {
    const { storage, name } = reference;
    assertReadable(name);
    const { filename = name.split('/').pop() } = reference;
    const row: FileRow = {
      storage,
      name,
      ...(reference.own !== true && { owned: false as const }),
    };
    return FieldFile.#from({ kind: 'reference', row }, { ...reference, filename });
  }

  /** The object's name inside its storage; `undefined` while pending. */
  get name(): string | undefined {
    return this.#row?.name;
  }

  /** What the user called the file. */
  get filename(): string | undefined {
    if (this.#row === undefined) return this.#upload?.pending?.filename;
    // Raw SQL may write a row whose name is none; it is shown all the same.
    const name: unknown = this.#row.name;
    return this.#row.filename ?? (typeof name === 'string' ? name.split('/').pop() : undefined);
  }

  /**
   * Bytes; `undefined` where nobody knows it yet: a pending stream.
   * @throws {@link UnsupportedOperationError} when the column holds only the name and {@link stat} has not been asked.
   */
  get size(): number | undefined {
    const size = this.#size();
    if (size !== undefined || this.#context?.nameOnly !== true) return size;
    const reason = 'its column holds only the name, await stat() first';
    throw new UnsupportedOperationError(
      `tell the size of "${this.#row?.name}"`,
      this.storage,
      reason,
    );
  }

  /** Media type; of a pending file the declared one. Where the column holds only the name: the extension's, until {@link stat}. */
  override get type(): string | undefined {
    if (this.#row === undefined) return this.#upload?.pending?.type;
    return this.#row.type ?? (this.#context?.nameOnly ? typeOfName(this.#row.name) : undefined);
  }

  /** SHA-256 of the bytes, 64 hexadecimal digits. */
  get sha256(): string | undefined {
    return this.#row?.sha256;
  }

  /** Pixels of an image that an image field has measured; `undefined` of other files, and while pending. */
  get width(): number | undefined {
    return this.#row?.width;
  }

  /** Pixels; as {@link width}. */
  get height(): number | undefined {
    return this.#row?.height;
  }

  /** Thumbhash of an image in Base64, where the field makes them; `undefined` until it is made. */
  get placeholder(): string | undefined {
    const placeholder = this.#row?.placeholder;
    return thumbhashOf(placeholder) === undefined ? undefined : placeholder;
  }

  /** The blurred picture that {@link placeholder} tells, as a `data:` URL of 1 to 2 kB to show until the image is there. */
  get placeholderUrl(): string | undefined {
    return placeholderUrl(this.#row?.placeholder);
  }

  /** Alias of the storage that holds the object; `undefined` while pending. */
  get storage(): string | undefined {
    return this.#row?.storage;
  }

  /** When the bytes were uploaded, or copied; `undefined` while pending and where nobody recorded it. */
  get uploadedAt(): Date | undefined {
    return this.#row?.uploadedAt === undefined ? undefined : new Date(this.#row.uploadedAt);
  }

  /** A copy of the application's own data about the file. */
  get metadata(): FileMetadata {
    return structuredClone(this.#metadata() ?? {});
  }

  /** Whether the bytes are still to be uploaded by a flush. */
  get isPending(): boolean {
    return this.#row === undefined;
  }

  /** {@link getUrl} with its defaults. */
  get url(): string {
    return this.getUrl();
  }

  /**
   * A URL of the object, made without a request.
   * @throws {@link PendingFileError} before the flush. @throws {@link UrlNotReadyError} while the signing credentials are
   * unknown. @throws {@link UnsupportedOperationError} where the storage has no URLs, and for a `variant` that the field
   * does not declare. One that is not there yet has the URL of the handler that makes it, or the original's.
   */
  getUrl({ variant, ...options }: FileUrlOptions = {}): string {
    if (variant !== undefined) return variantUrl(this.#variantSource(), variant, options).url;
    const [row, storage] = this.#stored('make a URL of');
    const download = options.download === true ? this.filename : options.download;
    return storage.url(row.name, { ...options, download });
  }

  /** When a URL that is made now ends; `undefined` where it does not, or there is none. */
  get urlExpiresAt(): Date | undefined {
    const [row, storage] = this.#stored('make a URL of');
    return storage.urlExpiresAt?.(row.name);
  }

  /** Like {@link getUrl}, and waits for the storage's credentials. */
  async getUrlAsync(options: FileUrlOptions = {}): Promise<string> {
    const [, storage] = this.#stored('make a URL of');
    await storage.ready?.();
    return this.getUrl(options);
  }

  /** What the storage says of the object, one request. @throws {@link FileNotFoundError} when it is gone. */
  async stat(): Promise<FileStat> {
    const [row, storage] = this.#stored('stat');
    const found = await storage.stat(row.name);
    // A rollback may have made it pending meanwhile.
    if (this.#context?.nameOnly === true && this.#row === row) {
      const { size, type = typeOfName(row.name) } = found;
      this.#row = { ...row, size, ...(type !== undefined && { type }) };
    }
    return found;
  }

  /** Whether the object is there, one request. */
  async exists(): Promise<boolean> {
    const [row, storage] = this.#stored('look for');
    return storage.exists(row.name);
  }

  /**
   * A pending file with the same bytes under another filename. The flush copies on the storage's side, then the old
   * object is reclaimed; if the row holds another file by then, it throws {@link FileChangedError}.
   */
  renamed(filename: string): FieldFile {
    return this.#derived('rename', filename);
  }

  /** A pending copy of the bytes for another entity, field or storage. */
  copy(): FieldFile {
    return this.#derived('copy', this.filename);
  }

  /** The same object under another filename for downloads; nothing is copied. */
  withFilename(filename: string): FieldFile {
    if (this.#row === undefined) return this.#derived('rename', filename);
    const row = { ...this.#row, filename: cleanFilename(filename) };
    const staged = this.#upload?.staged;
    return new FieldFile(row, this.#context, staged && { staged: { ...staged, row } });
  }

  /** Whether both are the same object, or the very same pending file. */
  equals(other: FieldFile | null | undefined): boolean {
    if (other === this) return true;
    if (other?.storage === undefined) return false;
    return other.storage === this.storage && other.name === this.name;
  }

  /** The name, or nothing while pending. */
  override toString(): string {
    const name: unknown = this.name;
    return typeof name === 'string' ? name : '';
  }

  /** A copy of what the column keeps. @throws {@link PendingFileError} before the flush. */
  toRow(): FileRow {
    if (this.#row === undefined) throw this.#unready('write the row of');
    return structuredClone(this.#row);
  }

  /** Never throws. Carries the URL on public storages, or where the field was declared with `json: { url: true }`. */
  toJSON(): FileJson {
    const { name, filename, type } = this;
    return { name, filename, size: this.#size(), type, ...this.#publicUrl() };
  }

  /** A FieldFile is immutable: copies of an entity share it (MikroORM asks values for this method). */
  clone(): this {
    return this;
  }

  #stored(action: string): [FileRow, FileStorage] {
    if (this.#row === undefined || this.#context === undefined) throw this.#unready(action);
    return [this.#row, this.#context.storage(this.#row.storage)];
  }

  #variantSource(): VariantSource {
    const [row, storage] = this.#stored('make a URL of');
    return { row, storage, context: this.#context ?? { storage: () => storage } };
  }

  #size(): number | undefined {
    if (this.#row !== undefined) return this.#row.size;
    const origin = this.#upload?.pending?.origin;
    if (origin?.kind === 'source') return sourceFacts(origin.source).size;
    return origin !== undefined && 'row' in origin ? origin.row.size : undefined;
  }

  #unready(action: string): PendingFileError {
    return new PendingFileError(action, this.filename, 'flush it or files.stage() it first');
  }

  protected override async *read({
    verify = false,
    ...range
  }: VerifyOptions): AsyncGenerator<Uint8Array> {
    const origin = this.#row === undefined ? this.#upload?.pending?.origin : undefined;
    if (origin?.kind === 'source') {
      if (verify) throw this.#unready('verify');
      yield* readSource(origin.source, checkedRange(this.filename ?? '', range));
      return;
    }
    // A pending copy has the bytes of the object that it is to be copied from.
    const isCopy = origin?.kind === 'copy' || origin?.kind === 'rename';
    const [row, storage] = isCopy
      ? [origin.row, origin.context.storage(origin.row.storage)]
      : this.#stored('read');
    if (verify) assertVerifiable(row, range);
    const stream = await storage.open(row.name, range);
    yield* verify ? verified(stream, row) : stream;
  }

  #derived(kind: 'rename' | 'copy', filename: string | undefined): FieldFile {
    const options = { filename, type: this.type, metadata: this.#metadata() };
    if (this.#row !== undefined && this.#context !== undefined) {
      return FieldFile.#from({ kind, row: this.#row, context: this.#context }, options);
    }
    const pending = this.#upload?.pending;
    if (pending === undefined) throw this.#unready(kind);
    const { origin, id } = pending;
    // The copy of a file that is being renamed leaves the renaming to that file.
    const isLoose = kind === 'copy' && origin.kind === 'rename';
    const insteadOf = kind === 'rename' ? id : undefined;
    return FieldFile.#from(isLoose ? { ...origin, kind } : origin, options, insteadOf);
  }

  #metadata(): FileMetadata | undefined {
    return this.#row === undefined ? this.#upload?.pending?.metadata : this.#row.metadata;
  }

  static #from(
    origin: PendingOrigin,
    { filename, type, metadata }: FileOptions,
    insteadOf?: string,
  ): FieldFile {
    const id = randomUUID();
    if (origin.kind === 'source' && origin.source instanceof PathSource) {
      origin.source.hold(id, insteadOf);
    }
    const facts = origin.kind === 'source' ? sourceFacts(origin.source) : {};
    // A form's file input that was left empty sends a File without a name.
    const name = filename ?? (facts.filename === '' ? undefined : facts.filename);
    return new FieldFile(undefined, undefined, {
      pending: {
        id,
        filename: name === undefined ? undefined : cleanFilename(name),
        type: type ?? facts.type,
        // Through JSON, so that it is the same before and after the flush.
        metadata: metadata && JSON.parse(JSON.stringify(metadata)),
        origin,
      },
    });
  }

  #publicUrl(): { url?: string } {
    if (this.#row === undefined || this.#context === undefined) return {};
    try {
      const storage = this.#context.storage(this.#row.storage);
      const shown = storage.visibility === 'public' || this.#context.json?.url === true;
      return shown ? { url: storage.url(this.#row.name) } : {};
    } catch {
      // JSON.stringify of a listing must not fail because one URL cannot be made.
      return {};
    }
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: FieldFile): string {
        return spelledOut(`<FieldFile: ${this.name ?? `pending ${this.filename ?? 'file'}`}>`);
      },
    });
    binding = {
      hydrate: (row, context) => new FieldFile(row, context),
      stage: (staged, context) => new FieldFile(staged.row, context, { staged }),
      row: (file) => file.#row,
      variantSource: (file) => file.#variantSource(),
      context: (file) => (file.#row === undefined ? undefined : file.#context),
      pending: (file) => (file.#row === undefined ? file.#upload?.pending : undefined),
      staged: (file) => file.#upload?.staged,
      settle(file, row, context) {
        file.#row = row;
        file.#context = context;
        file.#upload = { pending: file.#upload?.pending };
      },
      unsettle(file, staged) {
        const pending = file.#upload?.pending;
        if (pending !== undefined) file.#row = undefined;
        file.#upload = { pending, staged };
      },
      finish(file) {
        const pending = file.#upload?.pending;
        if (file.#row !== undefined) file.#upload = undefined;
        return pending;
      },
    };
  }
}

/** The ORM's way into the private state of a {@link FieldFile}. */
export const fileBinding: FileBinding<FieldFile> = binding;
