import { FieldFile } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { ScalarReference, wrap, type UnitOfWork } from '@mikro-orm/core';
import { contextOf, fileProperties, type FileProperty } from '../discovery/file-property.ts';

/**
 * Gives properties that hold `undefined` the file of their row again, before changes are computed: MikroORM would write
 * NULL, and a request body without an optional file would let go of it. In an array of embeddables nobody knows which
 * element was which, so there `undefined` is empty.
 */
export function keepUndefined(uow: UnitOfWork): void {
  // Every entity that is loaded passes here at every flush: what its class has is looked up once.
  const ofClass = new Map<unknown, readonly FileProperty[]>();
  for (const entity of uow.getIdentityMap()) {
    let properties = ofClass.get(entity.constructor);
    if (properties === undefined) {
      properties = fileProperties(wrap(entity, true).__meta);
      ofClass.set(entity.constructor, properties);
    }
    for (const property of properties) check(entity, property);
  }
}

function check(entity: object, property: FileProperty): void {
  const { steps, prop } = property;
  const holder = steps.length === 1 ? entity : valueAt(entity, steps.slice(0, -1));
  const name = steps.at(-1) ?? '';
  if (typeof holder !== 'object' || holder === null) return;
  const value: unknown = Reflect.get(holder, name);
  // em.assign() puts a file where a reference belongs, and MikroORM fails to compare it.
  if (prop.ref === true && value instanceof FieldFile) {
    Reflect.set(holder, name, new ScalarReference(value));
  }
  // An embeddable that has no such property is not the one that was loaded.
  if (value === undefined && (holder === entity || Object.hasOwn(holder, name))) {
    const kept = keptFile(entity, property);
    if (kept === undefined) return;
    Reflect.set(holder, name, prop.ref === true ? new ScalarReference(kept) : kept);
  }
}

/** The file of the row, `null` for Django's empty string, which NULL would replace; nothing where there was no value. */
function keptFile(entity: object, property: FileProperty): FieldFile | null | undefined {
  const { snapshotPath, type } = property;
  const { __originalEntityData: original } = wrap(entity, true);
  if (original === undefined || snapshotPath === undefined) return undefined;
  const snapshot = valueAt(original, snapshotPath);
  const row = type.rowIn(snapshot);
  if (row !== undefined) return fileBinding.hydrate(row, contextOf(property));
  return snapshot === '' ? null : undefined;
}

function valueAt(owner: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined || typeof owner !== 'object' || owner === null) return owner;
  return valueAt(Reflect.get(owner, step), rest);
}
