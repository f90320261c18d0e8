import { fileBinding } from '@filefield/core/binding';
import type { FieldFile } from '@filefield/core';
import type { EntityManager } from '@mikro-orm/core';
import type { ChangedFile } from './changed-files.ts';

/**
 * Puts the row of a file just settled into the payloads that were computed before.
 *
 * `uow.recomputeSingleChangeSet()` must not do it: on a CREATE it marks the entity as persisted, and after a failed
 * INSERT the next flush emits an UPDATE without WHERE.
 */
export function writePayload(em: EntityManager, changed: ChangedFile, file: FieldFile): void {
  const { entity, property, changeSets } = changed;
  const key = property.payloadKey;
  const row = fileBinding.row(file);
  for (const { payload } of changeSets as readonly { payload: Record<string, unknown> }[]) {
    if (!(key in payload)) continue;
    payload[key] = property.inDocument
      ? (em.getComparator().prepareEntity(entity) as Record<string, unknown>)[key]
      : row && property.type.snapshot(row);
  }
}
