import type { FileRow } from '@filefield/core';
import { wrap } from '@mikro-orm/core';
import type { FileProperty } from '../discovery/file-property.ts';

/** Whether the row held this very object when it was loaded, in the property or elsewhere in its JSON document. */
export function wasInRow(
  entity: object,
  property: FileProperty,
  { storage, name }: FileRow,
): boolean {
  const original = wrap(entity, true).__originalEntityData as Record<string, unknown> | undefined;
  return holds(original?.[property.payloadKey]);

  function holds(value: unknown): boolean {
    const row = property.type.rowIn(value);
    if (row?.name === name && row.storage === storage) return true;
    const isDocument = property.inDocument && typeof value === 'object' && value !== null;
    return isDocument && Object.values(value).some(holds);
  }
}
