import { shownName } from './hidden-form.ts';
import { spelledOut } from './unseen-characters.ts';

/** What every error of filefield shares: a literal {@link code} to switch on, and the `cause` where there is one. */
export abstract class FileFieldError extends Error {
  /** A literal that never changes between releases; narrows {@link AnyFileFieldError}. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    // Names and aliases come from outside; a message is one line that shows all it holds.
    super(spelledOut(message), options);
    this.name = new.target.name;
  }
}

/** Which object an error is about. */
export interface ObjectReference {
  /** The alias of the storage, where it is known. */
  readonly storage?: string | undefined;
  /** The name of the object inside its storage. */
  readonly name: string;
}

/** Thrown when an object that should be read, copied or measured is not there. */
export class FileNotFoundError extends FileFieldError {
  readonly code = 'FILE_NOT_FOUND';
  /** The alias of the storage, where it is known. */
  readonly storage: string | undefined;
  /** The name of the object inside its storage. */
  readonly object: string;

  constructor(operation: string, { storage, name }: ObjectReference, options?: ErrorOptions) {
    super(`Cannot ${operation} ${quoted(name)}${inStorage(storage)}: no such file`, options);
    this.storage = storage;
    this.object = name;
  }
}

/** Which object an error is about, and the bucket where it lies in one. */
export interface BucketObjectReference extends ObjectReference {
  readonly bucket?: string | undefined;
}

/** Thrown when an object may not be overwritten and its name is taken. */
export class FileExistsError extends FileFieldError {
  readonly code = 'FILE_EXISTS';
  /** The alias of the storage, where it is known. */
  readonly storage: string | undefined;
  /** The name that is taken, inside its storage. */
  readonly object: string;
  /** The bucket behind the alias; `undefined` of a storage that is none. */
  readonly bucket: string | undefined;

  constructor(
    operation: string,
    { storage, name, bucket }: BucketObjectReference,
    options?: ErrorOptions,
  ) {
    super(`Cannot ${operation} ${quoted(name)}${inStorage(storage)}: the name is taken`, options);
    this.storage = storage;
    this.object = name;
    this.bucket = bucket;
  }
}

/** Thrown when a name could leave its storage, cannot be stored everywhere, or is reserved. */
export class InvalidNameError extends FileFieldError {
  readonly code = 'INVALID_NAME';
  /** The refused name as the message shows it: of an absolute path or a URL only the last part, at most 200 bytes. */
  readonly object: string;

  constructor(object: string, reason: string, options?: ErrorOptions) {
    const shown = shownName(object);
    super(`Cannot use ${JSON.stringify(shown)} as a file name: ${reason}`, options);
    this.object = shown;
  }
}

/** Thrown when an empty field is asked for its url, size or bytes; the words are Django's. */
export class NoFileError extends FileFieldError {
  readonly code = 'NO_FILE';
  readonly property: string;

  constructor(property: string, options?: ErrorOptions) {
    super(`The '${property}' attribute has no file associated with it.`, options);
    this.property = property;
  }
}

/** Thrown when a file that is not uploaded yet is asked for what only a stored object has. */
export class PendingFileError extends FileFieldError {
  readonly code = 'PENDING_FILE';
  /** What the user called the file, where it is known. */
  readonly filename: string | undefined;

  constructor(
    action: string,
    filename: string | undefined,
    advice: string,
    options?: ErrorOptions,
  ) {
    super(
      `Cannot ${action} ${filename ? quoted(filename) : 'a file'}: the file is pending, ${advice}`,
      options,
    );
    this.filename = filename === '' ? undefined : filename;
  }
}

/** Thrown when a row no longer holds the file that a rename or a handle started from. */
export class FileChangedError extends FileFieldError {
  readonly code = 'FILE_CHANGED';
  readonly storage: string | undefined;
  readonly object: string;

  constructor(operation: string, { storage, name }: ObjectReference, options?: ErrorOptions) {
    super(
      `Cannot ${operation} ${quoted(name)}${inStorage(storage)}: the row holds another file, reload it and try again`,
      options,
    );
    this.storage = storage;
    this.object = name;
  }
}

/** One reason why a file was refused; `message` is fit for a form. */
export interface FileIssue {
  /** The rule that refused the file: `maxSize`, `accept`, `allowEmpty`, or the validator's own name. */
  readonly validator: string;
  readonly message: string;
  readonly expected?: unknown;
  readonly received?: unknown;
}

/** Thrown when a file breaks the rules of its field; nothing stays stored. */
export class FileValidationError extends FileFieldError {
  readonly code = 'FILE_VALIDATION';
  /** Everything that is wrong with the file, not only the first thing. */
  readonly issues: readonly FileIssue[];

  constructor(subject: string, issues: readonly FileIssue[], options?: ErrorOptions) {
    super(`Cannot save ${subject}: ${issues.map((issue) => issue.message).join('; ')}`, options);
    this.issues = issues;
  }
}

/** Thrown when the bytes read or stored are not the bytes that were recorded. */
export class IntegrityError extends FileFieldError {
  readonly code = 'INTEGRITY';
  readonly storage: string | undefined;
  readonly object: string;
  /** What was recorded; `undefined` where nothing was. */
  readonly expected: string | undefined;
  /** What was found; `undefined` where there is nothing to compare it with. */
  readonly received: string | undefined;

  constructor(
    operation: string,
    { storage, name }: ObjectReference,
    {
      expected,
      received,
    }: { readonly expected: string | undefined; readonly received?: string | undefined },
    options?: ErrorOptions,
  ) {
    const difference =
      expected === undefined
        ? 'no checksum is recorded'
        : `found ${received}, recorded is ${expected}`;
    super(`Cannot ${operation} ${quoted(name)}${inStorage(storage)}: ${difference}`, options);
    this.storage = storage;
    this.object = name;
    this.expected = expected;
    this.received = received;
  }
}

/** Thrown when an alias is not in the registry. */
export class UnknownStorageError extends FileFieldError {
  readonly code = 'UNKNOWN_STORAGE';
  readonly alias: string;
  /** The aliases that are defined. */
  readonly known: readonly string[];

  constructor(alias: string, known: readonly string[], options?: ErrorOptions) {
    const defined =
      known.length === 0
        ? 'no storage is defined'
        : `defined storages are ${known.map(quoted).join(', ')}`;
    super(`Cannot use storage ${quoted(alias)}: ${defined}`, options);
    this.alias = alias;
    this.known = known;
  }
}

/** Thrown when a storage, the registry or the extension is set up in a way that cannot be right; the message says what to change. */
export class StorageOptionsError extends FileFieldError {
  readonly code = 'STORAGE_OPTIONS';
}

/** Thrown when a storage lacks the capability that an operation needs. */
export class UnsupportedOperationError extends FileFieldError {
  readonly code = 'UNSUPPORTED_OPERATION';
  readonly operation: string;
  readonly storage: string | undefined;

  constructor(
    operation: string,
    storage: string | undefined,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot ${operation}${inStorage(storage)}: ${reason}`, options);
    this.operation = operation;
    this.storage = storage;
  }
}

/** Thrown by a synchronous `url` while the credentials that sign it are not known yet. */
export class UrlNotReadyError extends FileFieldError {
  readonly code = 'URL_NOT_READY';
  readonly storage: string | undefined;
  readonly object: string;

  constructor({ storage, name }: ObjectReference, options?: ErrorOptions) {
    super(
      `Cannot sign the URL of ${quoted(name)}${inStorage(storage)}: its credentials are not loaded, ` +
        'call getUrlAsync() or await storages.ready() first',
      options,
    );
    this.storage = storage;
    this.object = name;
  }
}

/** Why an upload was refused. */
export type UploadRejection =
  | 'forged'
  | 'expired'
  | 'used'
  | 'field'
  | 'subject'
  | 'size'
  | 'type'
  | 'missing'
  | 'changed';

/** Thrown when an upload cannot become the file of a row: its time is over, it was used, or it is not what was announced. */
export class UploadRejectedError extends FileFieldError {
  readonly code = 'UPLOAD_REJECTED';
  readonly reason: UploadRejection;

  constructor(reason: UploadRejection, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Thrown when a storage's backend fails; `cause` holds what it said. */
export class StorageError extends FileFieldError {
  readonly code = 'STORAGE';
  readonly operation: string;
  readonly storage: string | undefined;
  readonly object: string | undefined;

  constructor(
    operation: string,
    { storage, name }: { storage?: string | undefined; name?: string | undefined },
    reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `Cannot ${operation}${name === undefined ? '' : ` ${quoted(name)}`}${inStorage(storage)}: ${reason}`,
      options,
    );
    this.operation = operation;
    this.storage = storage;
    this.object = name;
  }
}

/** Thrown when a file field is declared in a way that cannot work; names `Entity.property`. */
export class FieldDefinitionError extends FileFieldError {
  readonly code = 'FIELD_DEFINITION';
  /** `Entity.property`. */
  readonly field: string;

  constructor(field: string, reason: string, options?: ErrorOptions) {
    super(`Cannot declare ${field}: ${reason}`, options);
    this.field = field;
  }
}

/** Every error class of filefield; `code` narrows it. */
export type AnyFileFieldError =
  | FileNotFoundError
  | FileExistsError
  | InvalidNameError
  | NoFileError
  | PendingFileError
  | FileChangedError
  | FileValidationError
  | IntegrityError
  | UnknownStorageError
  | StorageOptionsError
  | UnsupportedOperationError
  | UrlNotReadyError
  | UploadRejectedError
  | StorageError
  | FieldDefinitionError;

function quoted(value: string): string {
  // As long as a name may be, so that good ones are shown whole.
  return JSON.stringify(shownName(value, 1024));
}

function inStorage(alias: string | undefined): string {
  return alias === undefined ? '' : ` in storage ${quoted(alias)}`;
}
