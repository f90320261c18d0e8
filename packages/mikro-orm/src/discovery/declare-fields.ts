import {
  FieldDefinitionError,
  FieldFile,
  StorageOptionsError,
  assertUploadTo,
  type Storages,
} from '@filefield/core';
import {
  fileBinding,
  rulesProblem,
  type FileContext,
  type VariantContext,
} from '@filefield/core/binding';
import type { EntityMetadata, EntityProperty, MetadataStorage, Platform } from '@mikro-orm/core';
import { EmbeddedFileType, JsonFileType } from '../field/file-column-type.ts';
import type { FileFieldSettings } from '../field/file-field-options.ts';
import { severalFiles } from '../field/name-file-type.ts';
import { rowKeys } from '../field/row-keys.ts';
import { assertImage } from '../image/measure-properties.ts';
import { declareFileTable } from '../journal/declare-journal.ts';
import { journaledBytes } from '../journal/journal-names.ts';
import { assertVariants } from '../variants/assert-variants.ts';
import { variantContext, withoutServed } from '../variants/variant-context.ts';
import type { VariantsOptions } from '../variants/variants-options.ts';
import type { OwnTable } from '../worker/references.ts';
import { fieldName, fileProperties, fileTypeOf, type FileProperty } from './file-property.ts';
import { orderBySize } from './order-by-size.ts';

/** What a declaration of the file fields of an ORM needs. */
export interface DeclareOptions {
  readonly storages: Storages;
  readonly defaultSchema: string;
  readonly journalSchema: string;
  /** A PostgreSQL interval. */
  readonly grace: string;
  /** How variants are made and found. */
  readonly variants: VariantsOptions;
  /** The way to variants that are made when somebody asks for them. */
  readonly onDemand: (field: string) => VariantContext['onDemand'];
}

/**
 * Completes the metadata of every entity with file fields once MikroORM has discovered it: the ways to the storages,
 * triggers, indexes.
 * @returns The tables, with the triggers that the worker wants to find on them.
 * @throws {@link FieldDefinitionError} naming `Entity.property` when a field cannot work.
 */
export function declareFields(
  metadata: MetadataStorage,
  platform: Platform,
  options: DeclareOptions,
): OwnTable[] {
  const metas = [...metadata];
  for (const meta of metas) connectTypes(meta, options);
  const fields = metas.flatMap((meta) => (meta.embeddable ? [] : fileProperties(meta)));
  for (const alias of options.storages.aliases) assertAlias(alias);
  for (const field of fields) {
    assertField(field, options.storages);
    assertImage(field);
    assertVariants(field, options.variants.engine);
  }
  options.storages.assertSeparate();
  orderBySize(platform, fields);
  return metas.flatMap((meta) => declareTable(meta, options));
}

/** Inside embeddables another type is needed; swapping it here is safe, discovery copies nothing any more. */
function connectTypes(meta: EntityMetadata, options: DeclareOptions): void {
  const { storages } = options;
  for (const prop of meta.props) {
    const type = fileTypeOf(prop);
    if (type === undefined) continue;
    type.settings = withFallback(`${meta.className}.${prop.name}`, type.settings, storages);
    const context: FileContext = {
      storage: (alias) => storages.get(alias),
      json: type.settings.json,
      nameOnly: type.settings.column === 'name',
      field: `${meta.className}.${prop.name}`,
      variants: variantContext(fieldName(meta, prop), type.settings, options),
    };
    type.context = context;
    type.settings = withoutServed(type.settings, options.variants);
    const { default: shared, storage, blank } = type.settings;
    // Tables that Django made have no default of their own in the database.
    if (blank && !meta.embeddable && !prop.embedded) prop.onCreate = () => null;
    if (shared !== undefined && !meta.embeddable && !prop.embedded) {
      const row = { storage, name: shared, owned: false as const };
      prop.onCreate = () => fileBinding.hydrate(row, context);
    }
    // MikroORM hands conditions on these keys to the type, which refuses them with advice.
    if (!(type instanceof JsonFileType)) prop.referencedPKs = rowKeys as never;
    if (!(type instanceof JsonFileType) || !(meta.embeddable || prop.embedded)) continue;
    const embedded = new EmbeddedFileType(type.settings);
    Object.assign(embedded, { context, prop, meta, platform: type.platform });
    prop.customType = embedded as never;
    prop.referencedPKs = rowKeys as never;
  }
}

/** An alias that nobody defined means the fallback, unless that would show a file to everybody. */
function withFallback(
  field: string,
  settings: FileFieldSettings,
  storages: Storages,
): FileFieldSettings {
  const { fallback } = storages;
  if (fallback === undefined || storages.has(settings.storage)) return settings;
  if (storages.get(fallback).visibility === 'public') {
    const reason = `storage "${settings.storage}" is not defined and the fallback "${fallback}" is public, define it`;
    throw new FieldDefinitionError(field, reason);
  }
  return { ...settings, storage: fallback };
}

/** The triggers take no other: a file in such a storage would be reclaimed while its row refers to it. */
function assertAlias(alias: string): void {
  const bytes = Buffer.byteLength(alias);
  if (bytes > 0 && bytes <= journaledBytes) return;
  throw new StorageOptionsError(`Cannot use storage "${alias}": an alias has 1 to 1,024 bytes`);
}

function assertField({ field, prop, type, inDocument }: FileProperty, storages: Storages): void {
  const { storage, uploadTo, maxSize, maxLength, column, rules, default: shared } = type.settings;
  assertColumn(field, prop, inDocument);
  assertUploadTo(field, uploadTo);
  if (!storages.has(storage)) {
    const known = storages.aliases.map((alias) => JSON.stringify(alias)).join(', ');
    throw new FieldDefinitionError(
      field,
      `storage "${storage}" is not defined, defined storages are ${known}`,
    );
  }
  if (column === 'name' && inDocument) {
    throw new FieldDefinitionError(
      field,
      "column 'name' needs a column of its own, not a place in a JSON document",
    );
  }
  if (shared !== undefined)
    assertDefault(field, { storage, name: shared, isEmbedded: prop.embedded !== undefined });
  const problem = rulesProblem(rules);
  if (problem !== undefined) throw new FieldDefinitionError(field, problem);
  if (maxLength !== undefined && !(Number.isSafeInteger(maxLength) && maxLength >= 32)) {
    throw new FieldDefinitionError(
      field,
      `maxLength ${maxLength} is no number of at least 32 characters`,
    );
  }
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize > 0)) {
    throw new FieldDefinitionError(field, `maxSize ${maxSize} is not a positive number of bytes`);
  }
}

/** What has no column of its own that can be written cannot keep a file, nor can one that holds several. */
function assertColumn(field: string, prop: EntityProperty, inDocument: boolean): void {
  if (prop.primary) throw new FieldDefinitionError(field, 'a file cannot be the primary key');
  if (prop.array === true) throw severalFiles(field);
  if (prop.generated !== undefined || prop.formula !== undefined) {
    throw new FieldDefinitionError(field, 'the value of a file cannot be computed by the database');
  }
  if (prop.persist === false && !inDocument) {
    throw new FieldDefinitionError(field, 'a property that is not persisted cannot keep a file');
  }
}

function assertDefault(
  field: string,
  shared: { storage: string; name: string; isEmbedded: boolean },
): void {
  if (shared.isEmbedded) {
    throw new FieldDefinitionError(
      field,
      'a default inside an embeddable has no moment at which it is set',
    );
  }
  try {
    FieldFile.stored(shared);
  } catch (error) {
    const reason = `default "${shared.name}" is the name of no object`;
    throw new FieldDefinitionError(field, reason, { cause: error });
  }
}

function declareTable(meta: EntityMetadata, options: DeclareOptions): OwnTable[] {
  if (meta.embeddable || meta.virtual || meta.view) return [];
  // Single table inheritance: the root declares the columns of all.
  if (meta.root !== meta && meta.root.inheritanceType === 'sti') return [];
  if (meta.abstract && meta.root.inheritanceType !== 'sti' && meta.inheritanceType !== 'tpt')
    return [];
  const own = fileProperties(meta).filter(
    ({ prop }) =>
      meta.ownProps === undefined || meta.ownProps.some(({ name }) => name === prop.name),
  );
  if (own.length === 0) return [];
  if (meta.schema === '*') {
    throw new FieldDefinitionError(
      own[0]?.field ?? meta.className,
      'a table with a wildcard schema has no one place for its triggers, give it a schema',
    );
  }
  const schema = meta.schema ?? options.defaultSchema;
  const indexed = new Set(
    own.filter(({ type }) => type.settings.index).map(({ column }) => column),
  );
  const triggerNames = declareFileTable(
    meta,
    { schema, name: meta.tableName },
    own.map(({ column }) => column),
    {
      journalSchema: options.journalSchema,
      grace: options.grace,
      indexed: (column) => indexed.has(column),
    },
  );
  const makesVariants = own.some(({ column }) => column.variants === 'made');
  return [{ schema, table: meta.tableName, triggerNames, makesVariants }];
}
