import {
  FieldFile,
  FileChangedError,
  NoFileError,
  UnsupportedOperationError,
} from '@filefield/core';
import type { FileRow, FileSource, ReadOptions } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { ScalarReference, Utils, ValidationError, wrap, type EntityManager } from '@mikro-orm/core';
import {
  assertOwnSchema,
  holdsFile,
  isRow,
  tableName,
  tableOf,
} from './discovery/file-location.ts';
import type { FileProperty } from './discovery/file-property.ts';
import type { FileRuntime } from './file-runtime.ts';
import { measureProperties } from './image/measure-properties.ts';
import { identifier } from './journal/sql-text.ts';

/** The properties of an entity that are files, or references to files. */
export type FileKey<Entity> = {
  [Key in keyof Entity]-?: NonNullable<Unreferred<Entity[Key]>> extends FieldFile ? Key : never;
}[keyof Entity] &
  string;

type Unreferred<Value> = Value extends ScalarReference<infer Inner> ? Inner : Value;

/** Django's bound file: a field of one entity, which writes its column at once. */
export interface FieldHandle {
  /** The value of the property; `null` when the field is empty. */
  readonly file: FieldFile | null;
  /** @throws {@link NoFileError} when the field is empty. */
  readonly url: string;
  /** Bytes. @throws {@link NoFileError} when the field is empty. */
  readonly size: number | undefined;
  /** The bytes, or a range of them. @throws {@link NoFileError} when the field is empty. */
  open(options?: ReadOptions): ReadableStream<Uint8Array>;
  /**
   * Uploads a file and writes the column, nothing else, in the current transaction.
   * @throws {@link FileChangedError} when the row holds another file than the entity, or is gone.
   */
  save(filename: string, source: FileSource): Promise<FieldFile>;
  /** Copies the object under another filename and writes the column. Same errors as {@link save}. */
  rename(filename: string): Promise<FieldFile>;
  /** Empties the column; the object is reclaimed after the grace. Does nothing on an empty field. */
  delete(): Promise<void>;
}

/**
 * Binds a field to its entity.
 * @throws ValidationError when the entity is new: flush it first.
 * @throws {@link UnsupportedOperationError} when the field lies in an embeddable, or was not loaded.
 */
export function fieldHandle(
  runtime: FileRuntime,
  entity: object,
  property: FileProperty,
): FieldHandle {
  const own = wrap(entity, true);
  const em = own.__em;
  if (em === undefined || own.__originalEntityData === undefined)
    throw ValidationError.entityNotManaged(entity);
  if (property.steps.length > 1) {
    const place = property.inDocument ? 'a JSON document' : 'an embeddable';
    throw unbindable(property, `it lies in ${place}, assign a new value and flush`);
  }
  const { name, lazy } = property.prop;
  // An empty field that was loaded is null.
  if (!(name in own.__originalEntityData)) {
    const load = lazy === true ? `em.populate(entity, ["${name}"])` : 'em.refresh(entity)';
    throw unbindable(property, `it is not loaded, await ${load} first`);
  }
  return new BoundField(runtime, em, entity, property);
}

function unbindable({ field, type }: FileProperty, reason: string): UnsupportedOperationError {
  return new UnsupportedOperationError(`bind ${field}`, type.settings.storage, reason);
}

class BoundField implements FieldHandle {
  readonly #runtime: FileRuntime;
  readonly #em: EntityManager;
  readonly #entity: object;
  readonly #property: FileProperty;

  constructor(runtime: FileRuntime, em: EntityManager, entity: object, property: FileProperty) {
    this.#runtime = runtime;
    this.#em = em;
    this.#entity = entity;
    this.#property = property;
  }

  get file(): FieldFile | null {
    const held: unknown = Reflect.get(this.#entity, this.#property.prop.name);
    const value: unknown = Utils.isScalarReference(held) ? held.unwrap() : held;
    return value instanceof FieldFile ? value : null;
  }

  get url(): string {
    return this.#present().url;
  }

  get size(): number | undefined {
    return this.#present().size;
  }

  open(options?: ReadOptions): ReadableStream<Uint8Array> {
    return this.#present().stream(options);
  }

  async save(filename: string, source: FileSource): Promise<FieldFile> {
    return this.#put(FieldFile.from(source, { filename }), 'save');
  }

  async rename(filename: string): Promise<FieldFile> {
    return this.#put(this.#present().renamed(filename), 'rename');
  }

  async delete(): Promise<void> {
    const old = this.#row();
    if (old === undefined) return;
    await this.#write(null, old, 'delete');
  }

  async #put(file: FieldFile, operation: string): Promise<FieldFile> {
    const old = this.#row();
    const { flush, defaultSchema } = this.#runtime;
    assertOwnSchema(this.#entity, this.#property, defaultSchema);
    const request = { file, property: this.#property, entity: this.#entity };
    const [settled] = await flush.upload(this.#em, [request]);
    try {
      await this.#write(file, old, operation);
    } catch (error) {
      if (settled !== undefined) await this.#runtime.giveUp(settled);
      throw error;
    }
    if (settled !== undefined) flush.accept(this.#em, [settled]);
    return file;
  }

  async #write(file: FieldFile | null, old: FileRow | undefined, operation: string): Promise<void> {
    const { prop, column } = this.#property;
    const row = file && (fileBinding.row(file) ?? null);
    const { type } = this.#property;
    const written = row === null ? (type.settings.blank ? '' : null) : type.snapshot(row);
    const own = isRow(this.#entity, this.#property);
    const holds = holdsFile(this.#property, old);
    const table = tableOf(this.#property);
    const version = (table.ownProps ?? table.props).find(({ version: isVersion }) => isVersion);
    const versionColumn = version?.fieldNames?.[0];
    const counted =
      versionColumn === undefined ? '' : `, ${next(versionColumn, version?.runtimeType)}`;
    const measures = measureProperties(this.#property).map(({ prop: own, column: to, of }) => ({
      name: own.name,
      sql: `, ${identifier(to)} = ?`,
      value: of(row),
    }));
    const returned = versionColumn === undefined ? '1' : identifier(versionColumn);
    const rows = await this.#runtime.connections
      .current(this.#em)
      .all<{ version: unknown }>(
        `update ${tableName(this.#entity, this.#property, this.#runtime.defaultSchema)} set ${identifier(column.column)} = ?${column.storage === undefined ? '::jsonb' : ''}${measures.map(({ sql }) => sql).join('')}${counted} ` +
          `where ${own.sql} and ${holds.sql} returning ${returned} as "version"`,
        [
          column.storage === undefined ? row && JSON.stringify(row) : written,
          ...measures.map(({ value }) => value),
          ...own.params,
          ...holds.params,
        ],
      );
    const [updated] = rows;
    if (updated === undefined) {
      throw new FileChangedError(
        operation,
        old ?? { storage: undefined, name: this.#property.field },
      );
    }
    this.#set(prop.name, this.#referred(file), written);
    for (const { name, value } of measures) this.#set(name, value, value);
    if (version === undefined) return;
    const platform = this.#em.getPlatform();
    const isDate = typeof updated.version === 'string' && version.runtimeType === 'Date';
    const value = isDate ? platform.parseDate(updated.version as string) : updated.version;
    this.#set(
      version.name,
      value,
      value instanceof Date ? platform.processDateProperty(value) : value,
    );
  }

  /** The entity and MikroORM's snapshot of it, so that the next flush finds nothing to write. */
  #set(property: string, value: unknown, snapshot: unknown): void {
    Reflect.set(this.#entity, property, value);
    const original = wrap(this.#entity, true).__originalEntityData;
    if (original !== undefined) Reflect.set(original, property, snapshot);
  }

  /** What the property holds: the file, or the reference to it. */
  #referred(file: FieldFile | null): unknown {
    const { name, ref } = this.#property.prop;
    if (ref !== true) return file;
    const held: unknown = Reflect.get(this.#entity, name);
    if (!Utils.isScalarReference(held)) return new ScalarReference(file);
    held.set(file);
    return held;
  }

  #row(): FileRow | undefined {
    const original: unknown = wrap(this.#entity, true).__originalEntityData;
    return this.#property.type.rowIn(Reflect.get(Object(original), this.#property.prop.name));
  }

  #present(): FieldFile {
    if (this.file === null) throw new NoFileError(this.#property.prop.name);
    return this.file;
  }
}

function next(column: string, type: string | undefined): string {
  const quoted = identifier(column);
  return type === 'Date' ? `${quoted} = current_timestamp` : `${quoted} = ${quoted} + 1`;
}
