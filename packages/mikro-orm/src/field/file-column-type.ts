import { FieldFile, type FileRow } from '@filefield/core';
import { fileBinding, type FileContext } from '@filefield/core/binding';
import { JsonType, Type, ValidationError, type TransformContext } from '@mikro-orm/core';
import type { FileFieldSettings } from './file-field-options.ts';
import { fileParameter } from './file-parameter.ts';
import { pendingMark } from './pending-mark.ts';
import { sameValue } from './same-value.ts';

/** What the column types share: MikroORM asks for `instanceof JsonType` at the top level and must not inside embeddables. */
export interface FileColumnType {
  /** Changed once, when the ORM is discovered and the alias turns out to mean the fallback. */
  settings: FileFieldSettings;
  /** Set when the ORM is discovered; one per field and ORM. */
  context: FileContext | undefined;
  /** What snapshots and payloads hold for a stored file. */
  snapshot(row: FileRow): unknown;
  /** The row that a snapshot stands for. */
  rowIn(snapshot: unknown): FileRow | undefined;
}

/**
 * One `jsonb` column. The driver parses it once, the `FieldFile` wraps that very object, and the snapshot is that
 * object again: an unchanged property compares by identity.
 */
export abstract class JsonFileType extends JsonType implements FileColumnType {
  abstract settings: FileFieldSettings;
  context: FileContext | undefined = undefined;

  override convertToDatabaseValue(
    value: unknown,
    _platform: unknown,
    context?: TransformContext,
  ): never {
    // JsonType declares strings; flush payloads and snapshots are objects, which the driver serialises itself.
    return toDatabase(value, context) as never;
  }

  override convertToJSValue(value: unknown): FieldFile | null | undefined {
    return toFile(value, this);
  }

  override ensureComparable(): boolean {
    return false;
  }

  /** Stops the clone of every snapshot; {@link compareValues} does the comparing. */
  override compareAsType(): string {
    return 'string';
  }

  override compareValues(a: unknown, b: unknown): boolean {
    return sameValue(a, b);
  }

  override get runtimeType(): string {
    return 'FieldFile';
  }

  override getColumnType(): string {
    return 'jsonb';
  }

  snapshot(row: FileRow): FileRow {
    return row;
  }

  rowIn(snapshot: unknown): FileRow | undefined {
    return isFileRow(snapshot) ? snapshot : undefined;
  }
}

/**
 * The same inside an embeddable. Not a `JsonType`: MikroORM does not convert the `JsonType` children of JSON
 * embeddables, and turns filters through embeddables into `is null`.
 */
export class EmbeddedFileType
  extends Type<FieldFile | null | undefined, unknown>
  implements FileColumnType
{
  settings: FileFieldSettings;
  context: FileContext | undefined = undefined;

  constructor(settings: FileFieldSettings) {
    super();
    this.settings = settings;
  }

  override convertToDatabaseValue(
    value: unknown,
    _platform: unknown,
    context?: TransformContext,
  ): unknown {
    if (context?.mode === 'query' && value !== null && value !== undefined) {
      const condition = `{ [raw("document -> 'file' ->> 'name'")]: name }`;
      throw new ValidationError(
        `Cannot filter by a file inside an embeddable: MikroORM cannot write the condition, use raw(), such as ${condition}`,
      );
    }
    const written = toDatabase(value, context);
    // Inside a document the row is a part of JSON, not a parameter: its text would be JSON in JSON.
    const isPart = this.prop?.object === true && context?.mode !== 'serialization';
    return isPart && value instanceof FieldFile ? fileBinding.row(value) : written;
  }

  override convertToJSValue(value: unknown): FieldFile | null | undefined {
    return toFile(value, this);
  }

  override ensureComparable(): boolean {
    return false;
  }

  override compareAsType(): string {
    return 'string';
  }

  override compareValues(a: unknown, b: unknown): boolean {
    return sameValue(a, b);
  }

  override get runtimeType(): string {
    return 'FieldFile';
  }

  override getColumnType(): string {
    return 'jsonb';
  }

  snapshot(row: FileRow): FileRow {
    return row;
  }

  rowIn(snapshot: unknown): FileRow | undefined {
    return isFileRow(snapshot) ? snapshot : undefined;
  }
}

/** A file as MikroORM's snapshots, payloads (`serialization`) and queries (every other mode) hold it. */
export function toDatabase(value: unknown, context: TransformContext | undefined): unknown {
  if (value === null || value === undefined) return value;
  if (!(value instanceof FieldFile)) {
    throw notAFile(value);
  }
  // 'serialization' is what snapshots, dirty checks and flush payloads use.
  if (context?.mode === 'serialization') {
    return (
      fileBinding.row(value) ?? pendingMark(fileBinding.pending(value)?.id ?? '', value.filename)
    );
  }
  return fileParameter(value);
}

function toFile(value: unknown, { context }: FileColumnType): FieldFile | null | undefined {
  if (value === null || value === undefined || value instanceof FieldFile) return value;
  const row: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  if (context === undefined || typeof row !== 'object' || row === null || !('name' in row)) {
    throw ValidationError.invalidType(JsonFileType as never, value, 'database');
  }
  return fileBinding.hydrate(row as never, context);
}

/** Says that only a `FieldFile` is a value: a string from a request must never become a reference. */
export function notAFile(value: unknown): ValidationError {
  const found = Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  return new ValidationError(
    `Cannot use ${found} as a file: only a FieldFile is one, made by FieldFile.from(bytes, { filename })`,
  );
}

function isFileRow(value: unknown): value is FileRow {
  return typeof value === 'object' && value !== null && 'name' in value && 'storage' in value;
}
