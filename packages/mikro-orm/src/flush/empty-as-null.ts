import {
  ChangeSetType,
  ScalarReference,
  Utils,
  type ChangeSet,
  type UnitOfWork,
} from '@mikro-orm/core';
import { tableOf } from '../discovery/file-location.ts';
import { fileProperties, type FileProperty } from '../discovery/file-property.ts';

/**
 * Gives new entities that were given no file the `null` that their rows will hold: an empty field is `null`, whether
 * its entity was created or loaded.
 */
export function emptyAsNull(uow: UnitOfWork): void {
  for (const changeSet of uow.getChangeSets()) {
    if (changeSet.type !== ChangeSetType.CREATE) continue;
    for (const property of fileProperties(changeSet.meta)) {
      if (isEmpty(changeSet.entity, property)) fill(changeSet, property);
    }
  }
}

/** No `onCreate` says it instead: `em.upsert()` takes the null of a property that has one for no value. */
function isEmpty(entity: object, { prop, steps }: FileProperty): boolean {
  if (steps.length > 1 || prop.nullable !== true || prop.defaultRaw !== undefined) return false;
  const value: unknown = Reflect.get(entity, prop.name);
  return (Utils.isScalarReference(value) ? value.unwrap() : value) === undefined;
}

function fill(changeSet: ChangeSet<object>, property: FileProperty): void {
  const { name, ref } = property.prop;
  const { entity, tptChangeSets = [] } = changeSet;
  const value: unknown = Reflect.get(entity, name);
  if (Utils.isScalarReference(value)) value.set(null);
  else Reflect.set(entity, name, ref === true ? new ScalarReference(null) : null);
  const table = tableOf(property);
  const { payload } = tptChangeSets.find(({ meta }) => meta === table) ?? changeSet;
  Reflect.set(payload, name, null);
}
