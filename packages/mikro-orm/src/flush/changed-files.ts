import type { FieldFile } from '@filefield/core';
import { ChangeSetType, Utils, wrap, type ChangeSet, type UnitOfWork } from '@mikro-orm/core';
import { fileProperties, type FileProperty } from '../discovery/file-property.ts';
import { fileSlots, type FileSlot } from '../field/file-slots.ts';

/** A file that a flush is about to write into a row. */
export interface ChangedFile {
  readonly entity: object;
  readonly property: FileProperty;
  readonly slot: FileSlot;
  /** Whose payload carries the value; none for an update that MikroORM runs on its own afterwards. */
  readonly changeSets: readonly ChangeSet<object>[];
}

/** Every file that the change sets of a flush write, those of unchanged columns left out. */
export function changedFiles(uow: UnitOfWork): ChangedFile[] {
  const changed = uow.getChangeSets().flatMap((changeSet) => filesOf(changeSet, isWritten));
  return [...changed, ...extraFiles(uow)];
}

/** The files of the entity that a change set writes: all of them, for hooks assign what no payload holds yet. */
export function filesOf(
  changeSet: ChangeSet<object>,
  isWanted: (changeSet: ChangeSet<object>, property: FileProperty) => boolean = () => true,
): ChangedFile[] {
  const { entity, meta, type } = changeSet;
  if (type === ChangeSetType.DELETE || type === ChangeSetType.DELETE_EARLY) return [];
  const changeSets = [changeSet, ...(changeSet.tptChangeSets ?? [])];
  return fileProperties(meta)
    .filter((property) => isWanted(changeSet, property))
    .flatMap((property) =>
      fileSlots(entity, property.steps).map((slot) => ({ entity, property, slot, changeSets })),
    );
}

function isWritten(changeSet: ChangeSet<object>, { payloadKey }: FileProperty): boolean {
  if (changeSet.type === ChangeSetType.CREATE) return true;
  return [changeSet, ...(changeSet.tptChangeSets ?? [])].some(
    ({ payload }) => payloadKey in payload,
  );
}

/** Values of unique columns, which MikroORM takes off the entity and writes by statements of their own. */
function extraFiles(uow: UnitOfWork): ChangedFile[] {
  return [...uow.getExtraUpdates()].flatMap(([entity, names, values]) => {
    const meta = wrap(entity, true).__meta;
    return Utils.asArray(names).flatMap((name, index) => {
      const property = fileProperties(meta).find(({ payloadKey }) => payloadKey === name);
      if (property === undefined || !Array.isArray(values)) return [];
      const holder = { [name]: values[index] };
      return fileSlots(holder, [name]).map(({ file }) => {
        const slot = {
          file,
          replace: (next: FieldFile) => void values.splice(index, 1, next as never),
        };
        return { entity, property, slot, changeSets: [] };
      });
    });
  });
}
