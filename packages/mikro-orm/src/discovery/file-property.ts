import type { FileContext } from '@filefield/core/binding';
import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { EmbeddedFileType, JsonFileType, type FileColumnType } from '../field/file-column-type.ts';
import { NameFileType } from '../field/name-file-type.ts';
import { columnVariants } from '../image/column-variants.ts';
import type { FileColumn } from '../journal/file-triggers.ts';

/** A file field of one entity, at the top level or inside embeddables. */
export interface FileProperty {
  readonly meta: EntityMetadata;
  /** `Entity.property`, `Entity.embedded.property`. */
  readonly field: string;
  readonly type: FileColumnType;
  /** Names from the entity down to the value; a step may hold an array of embeddables. */
  readonly steps: readonly string[];
  /** Under which key a change set's payload carries the value, or the JSON document around it. */
  readonly payloadKey: string;
  /** Whether the payload carries a JSON document around the value. */
  readonly inDocument: boolean;
  /** Where MikroORM's snapshots of an entity hold the value; none where an array is on the way. */
  readonly snapshotPath: readonly string[] | undefined;
  /** Where the value lies in the table. */
  readonly column: FileColumn;
  /** The table's own column is this property's: not an inherited one of another table. */
  readonly prop: EntityProperty;
}

const cache = new WeakMap<EntityMetadata, readonly FileProperty[]>();

/** The file fields of an entity, inherited ones included. Only after discovery. */
export function fileProperties(meta: EntityMetadata): readonly FileProperty[] {
  let found = cache.get(meta);
  if (found === undefined) {
    found = meta.props.flatMap((prop) => fileProperty(meta, prop) ?? []);
    cache.set(meta, found);
  }
  return found;
}

/** The way from the field's rows to their storages. */
export function contextOf({ type, field }: FileProperty): FileContext {
  if (type.context === undefined)
    throw new Error(`${field} was not discovered by an ORM with fileFields()`);
  return type.context;
}

/** The column type of a property that is a file, else nothing. */
export function fileTypeOf(prop: EntityProperty): FileColumnType | undefined {
  const type: unknown = prop.customType;
  const isFile =
    type instanceof JsonFileType ||
    type instanceof EmbeddedFileType ||
    type instanceof NameFileType;
  return isFile ? type : undefined;
}

/** `Entity.property`, `Entity.embedded.property`. */
export function fieldName(meta: EntityMetadata, prop: EntityProperty): string {
  return [meta.className, ...stepsTo(meta, prop)].join('.');
}

function stepsTo(meta: EntityMetadata, prop: EntityProperty): string[] {
  return embeddingChain(meta, prop).map((step) => step.embedded?.[1] ?? step.name);
}

function fileProperty(meta: EntityMetadata, prop: EntityProperty): FileProperty | undefined {
  const type = fileTypeOf(prop);
  if (type === undefined) return undefined;
  const chain = embeddingChain(meta, prop);
  const document = chain.findIndex((step) => step.object === true || step.array === true);
  const root = document === -1 ? prop : chain[document];
  const column = root?.fieldNames?.[0];
  if (root === undefined || column === undefined) return undefined;
  const steps = stepsTo(meta, prop);
  const { onDelete, onReplace, storage, column: form, default: shared } = type.settings;
  const variants = columnVariants(type.settings);
  return {
    meta,
    prop,
    type,
    steps,
    field: `${meta.className}.${steps.join('.')}`,
    payloadKey: root.name,
    inDocument: document !== -1,
    snapshotPath: chain.some(({ array }) => array === true)
      ? undefined
      : [root.name, ...(document === -1 ? [] : steps.slice(document + 1))],
    column: {
      column,
      ...(document !== -1 && { path: jsonPath(chain.slice(document)) }),
      ...(form === 'name' && { storage, ...(shared !== undefined && { default: shared }) }),
      ...(onDelete === 'keep' && { keepOnDelete: true }),
      ...(onReplace === 'keep' && { keepOnReplace: true }),
      ...(variants !== undefined && { variants }),
    },
  };
}

/** From the property of the entity itself down to the file. */
function embeddingChain(meta: EntityMetadata, prop: EntityProperty): EntityProperty[] {
  const chain = [prop];
  for (let step = prop; step.embedded !== undefined;) {
    const parent: EntityProperty | undefined = meta.properties[step.embedded[0]];
    if (parent === undefined) break;
    chain.unshift(parent);
    step = parent;
  }
  return chain;
}

/** `$."pic"` or `$[*]."pic"`: from the document's column to the file. MikroORM's keys in documents are column names. */
function jsonPath([document, ...inner]: readonly EntityProperty[]): string {
  const steps = inner.map((step) => `.${JSON.stringify(step.fieldNames[0])}${each(step)}`);
  return `$${each(document)}${steps.join('')}`;
}

function each(step: EntityProperty | undefined): string {
  return step?.array === true ? '[*]' : '';
}
