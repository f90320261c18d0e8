import { fileBinding } from '@filefield/core/binding';
import { ScalarReference, wrap, type UnitOfWork } from '@mikro-orm/core';
import { contextOf, fileProperties, type FileProperty } from '../discovery/file-property.ts';

/**
 * Gives properties that hold `undefined` the file of their row again, before changes are computed: MikroORM would write
 * NULL, and a request body without an optional file would let go of it.
 */
export function keepUndefined(uow: UnitOfWork): void {
  // Every entity that is loaded passes here at every flush: what its class has is looked up once.
  const ofClass = new Map<unknown, readonly FileProperty[]>();
  for (const entity of uow.getIdentityMap()) {
    let properties = ofClass.get(entity.constructor);
    if (properties === undefined) {
      properties = fileProperties(wrap(entity, true).__meta).filter(
        ({ steps }) => steps.length === 1,
      );
      ofClass.set(entity.constructor, properties);
    }
    for (const property of properties) {
      if (Reflect.get(entity, property.prop.name) === undefined) keep(entity, property);
    }
  }
}

function keep(entity: object, property: FileProperty): void {
  const { name, ref } = property.prop;
  const { __originalEntityData: original } = wrap(entity, true);
  if (original === undefined) return;
  const snapshot: unknown = Reflect.get(original, name);
  const row = property.type.rowIn(snapshot);
  // Django's empty string is a value too, which NULL would replace.
  if (row === undefined && snapshot !== '') return;
  const file = row === undefined ? null : fileBinding.hydrate(row, contextOf(property));
  Reflect.set(entity, name, ref === true ? new ScalarReference(file) : file);
}
