import { FieldFile, type FileRow } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { ChangeSetType, Utils, wrap, type ChangeSet } from '@mikro-orm/core';
import { tableOf } from '../discovery/file-location.ts';
import { measuredFields, type MeasuredField } from './measure-properties.ts';

/** Puts width and height of the images that a change set writes into their entity, and into what is written of it. */
export function writeMeasures(changeSet: ChangeSet<object>): void {
  const { type } = changeSet;
  if (type === ChangeSetType.DELETE || type === ChangeSetType.DELETE_EARLY) return;
  for (const field of measuredFields(changeSet.meta)) write(changeSet, field);
}

function write(changeSet: ChangeSet<object>, { property, measures }: MeasuredField): void {
  const { entity, type, tptChangeSets = [] } = changeSet;
  const held: unknown = Reflect.get(entity, property.prop.name);
  const value: unknown = Utils.isScalarReference(held) ? held.unwrap() : held;
  const row = value instanceof FieldFile ? fileBinding.row(value) : undefined;
  const table = tableOf(property);
  const { payload } = tptChangeSets.find(({ meta }) => meta === table) ?? changeSet;
  const isWritten = type === ChangeSetType.CREATE || property.payloadKey in payload;
  const isOther = value !== undefined && isExchanged(entity, property, row);
  if (!isWritten && !isOther) return;
  for (const { prop, of } of measures) {
    // What somebody else measured, such as Django, is right until there is another image.
    if (of(row) === null && row !== undefined && !isOther) continue;
    Reflect.set(entity, prop.name, of(row));
    // What a hook has assigned is in no payload yet: MikroORM compares the entity once more.
    if (isWritten) Reflect.set(payload, prop.name, of(row));
  }
}

/** Whether a hook gave the entity another file than the row has, or took it away. */
function isExchanged(
  entity: object,
  { type, payloadKey }: MeasuredField['property'],
  row: FileRow | undefined,
): boolean {
  const original: unknown = wrap(entity, true).__originalEntityData;
  const old = type.rowIn(Reflect.get(Object(original), payloadKey));
  return old?.name !== row?.name || old?.storage !== row?.storage;
}
