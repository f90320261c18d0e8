import { FieldFile } from '@filefield/core';
import type { EntityName } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import { holdsPendingMark } from '../field/pending-mark.ts';
import { otherSchema, tableOf } from './file-location.ts';
import type { FileProperty } from './file-property.ts';

type Row = Readonly<Record<string, unknown>>;
type ManyOptions = { readonly schema?: string } | undefined;

/** The parts of MikroORM that write rows: query builders, and statements for many rows that are built without one. */
interface Writing {
  readonly driver: {
    nativeInsertMany(entity: EntityName, data: readonly Row[], options: ManyOptions): unknown;
    nativeUpdateMany(
      entity: EntityName,
      where: unknown,
      data: readonly Row[],
      options: ManyOptions,
    ): unknown;
  };
  readonly platform: { createNativeQueryBuilder(): NativeBuilder };
}

interface NativeBuilder {
  from(table: unknown, options?: { readonly schema?: string }): unknown;
  insert(data: Row | readonly Row[]): unknown;
  update(data: Row): unknown;
}

const patched = new WeakSet<object>();

/**
 * Lets bulk statements and query builders write no file to a table of the same name in another schema, which has no
 * triggers: `em.fork({ schema })`, `insertMany(…, { schema })`, `withSchema()`. A flush is refused before it uploads.
 */
export function onlyOwnSchemas(orm: MikroORM, fields: readonly FileProperty[]): void {
  const { driver, platform }: Writing = { driver: orm.driver, platform: orm.config.getPlatform() };
  if (patched.has(driver)) return;
  patched.add(driver);
  const defaultSchema = orm.config.get('schema') ?? 'public';
  const schemaOf = (field: FileProperty): string => tableOf(field).schema ?? defaultSchema;

  const assert = (
    table: string,
    schema: string,
    rows: readonly Row[],
    valueIn: (row: Row, field: FileProperty) => unknown,
  ): void => {
    const ofTable = fields.filter((field) => tableOf(field).tableName === table);
    if (ofTable.some((field) => schemaOf(field) === schema)) return;
    const field = ofTable.find((each) => rows.some((row) => holdsFile(valueIn(row, each), each)));
    if (field !== undefined) throw otherSchema(field, schemaOf(field), schema);
  };

  const assertMany = (entity: EntityName, rows: readonly Row[], options: ManyOptions): void => {
    const { tableName, schema } = orm.getMetadata().get(entity);
    const where = schema ?? options?.schema ?? defaultSchema;
    assert(tableName, where, rows, (row, { payloadKey }) => row[payloadKey]);
  };
  const insertMany = driver.nativeInsertMany.bind(driver);
  driver.nativeInsertMany = (entity, data, options, ...more: []) => {
    assertMany(entity, data, options);
    return insertMany(entity, data, options, ...more);
  };
  const updateMany = driver.nativeUpdateMany.bind(driver);
  driver.nativeUpdateMany = (entity, where, data, options, ...more: []) => {
    assertMany(entity, data, options);
    return updateMany(entity, where, data, options, ...more);
  };

  const create = platform.createNativeQueryBuilder.bind(platform);
  platform.createNativeQueryBuilder = () => {
    const builder = create();
    const from = builder.from.bind(builder);
    const insert = builder.insert.bind(builder);
    const update = builder.update.bind(builder);
    let target: [table: string, schema: string] | undefined;
    const check = (data: Row | readonly Row[]): void => {
      const rows = [data].flat() as readonly Row[];
      if (target !== undefined) assert(...target, rows, (row, { column }) => row[column.column]);
    };
    builder.from = (table, options) => {
      if (typeof table === 'string') target = [table, options?.schema ?? 'public'];
      return from(table, options);
    };
    builder.insert = (data) => {
      check(data);
      return insert(data);
    };
    builder.update = (data) => {
      check(data);
      return update(data);
    };
    return builder;
  };
}

/** Whether a value of a column, or what becomes one, names an object. */
function holdsFile(value: unknown, field: FileProperty): boolean {
  if (value instanceof FieldFile) return true;
  if (field.column.storage !== undefined) return typeof value === 'string' && value !== '';
  if (typeof value !== 'string') return holdsRow(value);
  return holdsPendingMark(value) || holdsRow(JSON.parse(value));
}

function holdsRow(value: unknown): boolean {
  if (value instanceof FieldFile) return true;
  if (typeof value !== 'object' || value === null) return false;
  return ('name' in value && 'storage' in value) || Object.values(value).some(holdsRow);
}
