import { FieldDefinitionError, type FileRow } from '@filefield/core';
import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { fileProperties, type FileProperty } from '../discovery/file-property.ts';
import type { FileFieldSettings } from '../field/file-field-options.ts';

/** A property of an entity that holds the width or the height of its image. */
export interface MeasureProperty {
  readonly prop: EntityProperty;
  /** The name of its column in the database. */
  readonly column: string;
  /** What the row of a file says of it. */
  readonly of: (row: FileRow | null | undefined) => number | null;
}

/** Where the entity of an image field holds width and height: in neither, one or both. */
export function measureProperties({ meta, type }: FileProperty): readonly MeasureProperty[] {
  return declared(type.settings).map(([key, name]) => {
    const prop = meta.properties[name as never] as EntityProperty;
    return { prop, column: prop.fieldNames[0] ?? name, of: (row) => row?.[key] ?? null };
  });
}

/** The image fields of an entity that hold their width or height in it; none of most. */
export function measuredFields(meta: EntityMetadata): readonly MeasuredField[] {
  let found = cache.get(meta);
  if (found === undefined) {
    found = fileProperties(meta)
      .map((property) => ({ property, measures: measureProperties(property) }))
      .filter(({ measures }) => measures.length > 0);
    cache.set(meta, found);
  }
  return found;
}

/** An image field, and where its entity holds its width and height. */
export interface MeasuredField {
  readonly property: FileProperty;
  readonly measures: readonly MeasureProperty[];
}

const cache = new WeakMap<EntityMetadata, readonly MeasuredField[]>();

/** @throws {@link FieldDefinitionError} when an image field cannot keep its limits, or cannot hold its width or height. */
export function assertImage({ field, meta, prop, type, steps }: FileProperty): void {
  const { image } = type.settings;
  if (image === undefined) return;
  for (const limit of ['maxPixels', 'maxFrames'] as const) {
    if (Number.isSafeInteger(image[limit]) && image[limit] > 0) continue;
    throw new FieldDefinitionError(
      field,
      `${limit} ${image[limit]} is not a positive whole number`,
    );
  }
  const names = declared(type.settings);
  if (names.length > 0 && (steps.length > 1 || meta.embeddable)) {
    const reason = 'inside an embeddable only the file itself tells width and height';
    throw new FieldDefinitionError(field, reason);
  }
  if (names.length > 0 && prop.unique !== undefined && prop.unique !== false) {
    const reason = 'a unique column is written by statements of its own, without width and height';
    throw new FieldDefinitionError(field, reason);
  }
  const [[, one] = [], [, other] = []] = names;
  if (one !== undefined && one === other) {
    throw new FieldDefinitionError(field, `"${one}" cannot hold both width and height`);
  }
  for (const [key, name] of names) {
    const problem = measureProblem(meta, prop, name);
    if (problem !== undefined) {
      throw new FieldDefinitionError(field, `${key}Property "${name}" ${problem}`);
    }
  }
}

function declared({ image }: FileFieldSettings): ['width' | 'height', string][] {
  const { widthProperty, heightProperty } = image ?? {};
  return [
    ...(widthProperty === undefined ? [] : [['width', widthProperty] as ['width', string]]),
    ...(heightProperty === undefined ? [] : [['height', heightProperty] as ['height', string]]),
  ];
}

function measureProblem(
  meta: EntityMetadata,
  file: EntityProperty,
  name: string,
): string | undefined {
  const prop = (meta.properties as Record<string, EntityProperty>)[name];
  if (prop === undefined) return `is no property of ${meta.className}`;
  if (prop.runtimeType !== 'number' || prop.primary || prop.version)
    return 'is no property for numbers';
  if (prop.persist === false || prop.formula !== undefined || prop.generated !== undefined) {
    return 'has no column that can be written';
  }
  if (prop.nullable !== true && file.nullable === true) {
    return 'must be nullable, as the image is';
  }
  const owns = (own: EntityProperty): boolean =>
    meta.ownProps?.some((one) => one.name === own.name) ?? true;
  // With table-per-type inheritance the entities of one family have tables of their own.
  const isApart = meta.tptParent !== undefined && owns(prop) !== owns(file);
  return isApart ? 'lies in another table' : undefined;
}
