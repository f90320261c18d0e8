import { fileBinding } from '@filefield/core/binding';
import { ScalarReference, wrap, type UnitOfWork } from '@mikro-orm/core';
import { fileProperties, type FileProperty } from '../discovery/file-property.ts';
import { contextOf } from './planned-upload.ts';

/**
 * Gives properties that hold `undefined` the file of their row again, before changes are computed: MikroORM would write
 * NULL, and a request body without an optional file would let go of it.
 */
export function keepUndefined(uow: UnitOfWork): void {
  for (const entity of uow.getIdentityMap()) {
    const { __meta: meta, __originalEntityData: original } = wrap(entity, true);
    if (original === undefined) continue;
    for (const property of fileProperties(meta)) keep(entity, property, original);
  }
}

function keep(entity: object, property: FileProperty, original: object): void {
  const [name = ''] = property.steps;
  if (property.steps.length > 1 || Reflect.get(entity, name) !== undefined) return;
  const snapshot: unknown = Reflect.get(original, name);
  const row = property.type.rowIn(snapshot);
  // Django's empty string is a value too, which NULL would replace.
  if (row === undefined && snapshot !== '') return;
  const file = row === undefined ? null : fileBinding.hydrate(row, contextOf(property));
  Reflect.set(entity, name, property.prop.ref === true ? new ScalarReference(file) : file);
}
