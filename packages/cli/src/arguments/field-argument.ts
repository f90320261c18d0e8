import type { EntityName, MetadataStorage } from '@mikro-orm/core';
import type { FieldFile } from '@filefield/core';
import type { FilePath } from '@filefield/mikro-orm';
import { UsageError } from '../errors/cli-error.ts';
import { didYouMean } from '../errors/did-you-mean.ts';

/** An entity that only the project knows. */
export type Row = Record<string, FieldFile | null>;

/** A property of an entity. */
export interface FieldArgument {
  readonly entity: EntityName<Row>;
  /** Its name, or the way to it through embeddables. */
  readonly property: FilePath<Row>;
}

/** Takes `Entity.property` apart. @throws {@link UsageError} when there is no such entity or property. */
export function fieldArgument(argument: string, metadata: MetadataStorage): FieldArgument {
  const dot = argument.indexOf('.');
  const name = dot === -1 ? argument : argument.slice(0, dot);
  const property = dot === -1 ? '' : argument.slice(dot + 1);
  const metas = [...metadata].filter(({ embeddable }) => !embeddable);
  const meta = metas.find(({ className }) => className === name);
  if (meta === undefined) {
    const known = metas.map(({ className }) => className);
    throw unknown(
      argument,
      `there is no entity ${JSON.stringify(name)}`,
      didYouMean(name, known, ''),
    );
  }
  const [first = ''] = property.split('.');
  if (Object.hasOwn(meta.properties, first)) {
    // Only the metadata knows what it is.
    return { entity: meta.class as EntityName<Row>, property };
  }
  const known = meta.props.map((prop) => prop.name);
  if (first === '') throw unknown(argument, 'its property is missing', `Write ${name}.property`);
  const near = didYouMean(first, known, 'Write Entity.property');
  throw unknown(argument, `${name} has no property ${JSON.stringify(first)}`, near);
}

function unknown(argument: string, reason: string, fix: string): UsageError {
  return new UsageError(
    `Cannot use ${JSON.stringify(argument)} as a field: ${reason}`,
    fix === '' ? undefined : fix,
  );
}
