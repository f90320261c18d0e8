import type { Readable } from 'node:stream';
import type {
  ServedUrls,
  UploadGrant,
  UploadReceiver,
  UploadRequest,
  UploadStep,
} from './direct-upload.ts';
import type { FileRules } from './file-rules.ts';
import type { FileWriteStream } from './file-write-stream.ts';

/**
 * Bytes that are not stored yet. A function can be read again; so can everything that is in memory.
 * Streams and other iterables are read once.
 */
export type FileSource =
  | Uint8Array
  | ArrayBuffer
  | string
  | Blob
  | ReadableStream<Uint8Array>
  | Readable
  | AsyncIterable<Uint8Array>
  | (() => FileSource);

/** What a storage can do; an operation whose flag is `false` throws `UnsupportedOperationError`. */
export interface StorageCapabilities {
  /** Objects are files of this machine: `path()` answers. */
  readonly path: boolean;
  /** `url()` of a private storage is signed and expires. */
  readonly signedUrls: boolean;
  /** Browsers can upload straight into the storage: `createUpload()` answers. */
  readonly directUpload: boolean;
  /** `copy()` does not move bytes through this process. */
  readonly serverSideCopy: boolean;
  /** Whether two writers of one name can be told apart by the storage itself, for each way of writing. */
  readonly conditionalWrite: {
    readonly put: boolean;
    readonly complete: boolean;
    readonly copy: boolean;
  };
  /** Names that differ in case only are different objects. */
  readonly caseSensitive: boolean;
  /** Names that differ only in how Unicode spells their characters (é as one or as two) are one object. Default `false`. */
  readonly normalizing?: boolean | undefined;
}

/** Options of a save. A file that breaks its rules is refused before a byte of it is stored. */
export interface SaveOptions extends FileRules {
  /** What the user called the file; decides the type where the bytes do not. Default: the last part of the name. */
  readonly filename?: string | undefined;
  /** Media type as the sender declares it: recorded only where neither the bytes nor the extension tell. */
  readonly type?: string | undefined;
  /** When the name is taken: `rename` adds a random suffix, `error` throws `FileExistsError`, `overwrite` replaces the object at once. Default `rename`. */
  readonly ifExists?: 'rename' | 'error' | 'overwrite' | undefined;
  /** The longest name in characters that the caller can record; the root is cut, the extension kept. Default: no limit but the storage's. */
  readonly maxLength?: number | undefined;
  /** Largest size in bytes; one byte more ends the upload with `FileValidationError`. Default: no limit. */
  readonly maxSize?: number | undefined;
  /** Marks the object with the writer's own id, so that a retried write recognises its own object. */
  readonly uploadId?: string | undefined;
  /** Ends the upload; nothing stays stored. */
  readonly signal?: AbortSignal | undefined;
}

/** What was stored. */
export interface StoredFile {
  /** The name that was free: use this one, not the one that was asked for. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  /** SHA-256 of the bytes, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes that a listing tells, where the storage keeps them compressed. */
  readonly storedSize?: number | undefined;
}

/** A part of an object. */
export interface ReadOptions {
  /** First byte. Default 0. */
  readonly start?: number | undefined;
  /** First byte that is left out (as in `Blob.slice`). Default: the end. */
  readonly end?: number | undefined;
  /** Only the version that `stat()` told this ETag of. Default: whatever is there. */
  readonly etag?: string | undefined;
  /** Closes the stream. */
  readonly signal?: AbortSignal | undefined;
}

/** What a storage knows of an object without reading it. */
export interface FileStat {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** Where the storage tells it: on a disk. */
  readonly createdAt?: Date | undefined;
  /** When somebody read the object last, where the storage tells it: on a disk, as exactly as it is mounted. */
  readonly accessedAt?: Date | undefined;
  readonly type?: string | undefined;
  readonly etag?: string | undefined;
  /** SHA-256 of the bytes where the storage keeps it, 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
}

/** What a write left that never became an object, or what a running one has so far: a temporary file, an open multipart upload. */
export interface UnfinishedWrite {
  /** What `reclaim()` takes to remove it: the name that was written, or one of the storage's own. */
  readonly name: string;
  /** When bytes last came, where the storage knows it; else when the write began. */
  readonly modifiedAt: Date;
}

/** Options of a URL. */
export interface UrlOptions {
  /** Seconds until a signed URL ends. Default: the storage's. */
  readonly expiresIn?: number | undefined;
  /** `true`, or the filename to offer: browsers save the file instead of showing it. */
  readonly download?: boolean | string | undefined;
  /** Media type to answer with. */
  readonly type?: string | undefined;
  /** `HEAD` signs for asking about the object instead of reading it, where a storage tells the two apart, as S3 does. Default `GET`. */
  readonly method?: 'GET' | 'HEAD' | undefined;
}

/** Options of the URL of a file. */
export interface FileUrlOptions extends UrlOptions {
  /** Name of a variant that the field declares. Default: the file itself. */
  readonly variant?: string | undefined;
}

/** Options of a server-side copy or move. */
export interface CopyOptions {
  /** Replace an object of that name. Default `false`: `FileExistsError`. */
  readonly overwrite?: boolean | undefined;
  /** Marks the new object with the writer's own id. */
  readonly uploadId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link FileStorage.copyFrom}. */
export interface CopyFromOptions extends CopyOptions {
  /** Media type of the new object. Default: the origin's. */
  readonly type?: string | undefined;
  /** What the caller knows of the origin; an object that is another one is not copied. Default: whatever is there. */
  readonly expected?:
    | {
        readonly size?: number | undefined;
        readonly sha256?: string | undefined;
        readonly etag?: string | undefined;
      }
    | undefined;
  /** Write it as {@link FileStorage.save} would even where the origin lies in the same location: the headers of an upload are its sender's. Default `false`. */
  readonly asNew?: boolean | undefined;
}

/** What was copied, as the storage of the origin tells it. */
export interface CopiedFile {
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  /** SHA-256 of the bytes where the storage keeps it, 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
}

/** One level of a listing. */
export interface Listing {
  /** Names of directories, without the prefix and without a trailing slash, in UTF-8 byte order. */
  readonly directories: readonly string[];
  /** Objects right below the prefix, full names, in UTF-8 byte order. */
  readonly files: readonly FileStat[];
}

/**
 * A place where bytes live. Names are relative, `/`-separated and checked; see `assertName`.
 * Extend `CheckedStorage` to write one: it checks names before, between and after, and leaves a subclass
 * only the few primitives.
 */
export interface FileStorage {
  /** The alias that the registry gave to the storage; used in messages. */
  alias?: string | undefined;
  /** The canonical identity of the place: `s3://endpoint/bucket/prefix/`, `file:///real/path/`, `memory://id/`. Ends with `/`. */
  readonly location: string;
  /**
   * The storages that this one is made of, where it has more than one location: none of them has parts itself. All their
   * locations count as one place: an object in any of them is this storage's. Absent of a storage that is one place.
   */
  readonly parts?: readonly FileStorage[] | undefined;
  /** `private`: bytes are for those whom the application lets in. Default of every storage. */
  readonly visibility: 'private' | 'public';
  readonly capabilities: StorageCapabilities;

  /**
   * Afterwards the whole object is stored and durable under the name returned, or nothing is and it throws.
   * @throws {@link InvalidNameError} when the name, or the one found free, is not allowed.
   * @throws {@link FileExistsError} when the name is taken and `ifExists` is `error`.
   * @throws {@link FileValidationError} when the source is larger than `maxSize`, is not what `accept` names, or a validator refuses it.
   */
  save(name: string, source: FileSource, options?: SaveOptions): Promise<StoredFile>;

  /**
   * A stream to write the object through: closing it does what {@link save} does, aborting it leaves nothing.
   * @throws {@link InvalidNameError} when the name is not allowed. The stream fails with the other errors of {@link save}.
   */
  createWriteStream(name: string, options?: SaveOptions): FileWriteStream;

  /**
   * Opens the object for reading; a stream that ends has given every byte of the range. One that is not read to its end
   * is to be cancelled: it holds a file or a connection.
   * @throws {@link FileNotFoundError} when there is no such object. @throws {@link IntegrityError} when it is another version than `etag` asks for.
   * @throws RangeError when a bound is no whole number from 0.
   */
  open(name: string, options?: ReadOptions): Promise<ReadableStream<Uint8Array>>;

  /** @throws {@link FileNotFoundError} when there is no such object. */
  stat(name: string): Promise<FileStat>;

  /** Whether there is such an object; every failure but absence is thrown. */
  exists(name: string): Promise<boolean>;

  /** Bytes. @throws {@link FileNotFoundError} when there is no such object. */
  size(name: string): Promise<number>;

  /** The object's path on this machine. @throws {@link UnsupportedOperationError} where `capabilities.path` is false. */
  path(name: string): string;

  /** Afterwards there is no such object; one that was missing already is no error. */
  delete(name: string): Promise<void>;

  /** Afterwards none of the objects is there; rejects with an `AggregateError` of `StorageError`s after trying all of them. */
  deleteMany(names: readonly string[]): Promise<void>;

  /** Like {@link deleteMany}, and whatever an unfinished write left for these names (temporary file, open multipart upload) is gone too. */
  reclaim(names: readonly string[]): Promise<void>;

  /**
   * Afterwards nothing is left of unfinished writes of these names, and their objects are as they were; call it for names
   * that nobody writes. Rejects as {@link reclaim} does. Absent: the storage leaves none behind.
   */
  discardUnfinished?(names: readonly string[]): Promise<void>;

  /**
   * Afterwards both names hold the bytes.
   * @throws {@link FileNotFoundError} when there is no `from`. @throws {@link FileExistsError} when `to` is taken, unless `overwrite`.
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<void>;

  /**
   * Afterwards `to` holds the bytes of another storage's object, and they did not pass through this process. It is an
   * object like one that {@link save} writes here; only within one location it keeps what `copy` keeps. Absent where a
   * storage never can do it. Same errors as {@link copy}.
   * @throws {@link UnsupportedOperationError} when it cannot do it with this origin, and nothing is stored: `open()` the
   * one and `save()` to the other. Its `cause` is what the server said, where one refused.
   * @throws {@link IntegrityError} when the origin is not what was expected, or is replaced meanwhile.
   */
  copyFrom?(
    origin: FileStorage,
    from: string,
    to: string,
    options?: CopyFromOptions,
  ): Promise<CopiedFile>;

  /** Afterwards `to` holds the bytes and `from` is gone; a failure leaves `from`. Same errors as {@link copy}. */
  move(from: string, to: string, options?: CopyOptions): Promise<void>;

  /** What lies right below a directory; an unknown one is empty. Prefix `''` is the top. */
  list(prefix?: string): Promise<Listing>;

  /** Every object below a directory in UTF-8 byte order of names; memory bounded by the largest directory. */
  walk(prefix?: string): AsyncIterable<FileStat>;

  /** Every unfinished write, running ones too, in any order. Default: the storage leaves none behind. */
  unfinished?(): AsyncIterable<UnfinishedWrite>;

  /** A URL of the object, made without a request. @throws {@link UnsupportedOperationError} where the storage has none. */
  url(name: string, options?: UrlOptions): string;

  /** When a URL that is made now ends; `undefined` where it does not. */
  urlExpiresAt?(name: string, options?: UrlOptions): Date | undefined;

  /** What serves the URLs of this storage, where they lead back to the application; absent where they lead elsewhere, and where there are none. */
  readonly served?: ServedUrls | undefined;

  /**
   * Signs one request of an upload that goes straight from a browser to the storage. Whoever has it can write that one
   * object, within the grant, until it expires.
   * @param step Default: a form, the only one that lets the storage itself refuse what is too large.
   * @throws {@link InvalidNameError} when the name is not below `incoming/`. @throws RangeError when a number is out of bounds.
   * @throws {@link UnsupportedOperationError} where `capabilities.directUpload` is false, or the storage cannot hold the step to the grant.
   * @throws {@link UploadRejectedError} where it sees that an upload in parts is too large (`size`) or not there (`missing`).
   */
  createUpload(grant: UploadGrant, step?: UploadStep): Promise<UploadRequest>;

  /** Takes what {@link createUpload} signed, where its requests lead back to the application; absent where they go to the storage itself. */
  readonly uploads?: UploadReceiver | undefined;

  /** Finds out what only the backend knows (capabilities, credentials). Called once at start-up; safe to repeat. */
  ready?(): Promise<void>;

  /** Lets go of connections; the storage is not used afterwards. */
  close?(): Promise<void>;
}
