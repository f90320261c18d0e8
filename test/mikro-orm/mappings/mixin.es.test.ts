import type { FieldFile } from '@filefield/core';
import type { NamedFile } from '@filefield/mikro-orm';
import { FileField } from '@filefield/mikro-orm/es';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/es';
import { describe, expect, it } from 'vitest';
import { createApp } from '../support.ts';
import { mapping } from './mapping.ts';
import { expected, walkThrough } from './walk-through.ts';

const owned = { onDelete: 'reclaim', onReplace: 'reclaim' } as const;

@Entity({ abstract: true })
abstract class Titled {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'string' })
  title: string = 'x';
}

/** Gives a class of entities a file. */
function Filed(base: typeof Titled) {
  @Entity({ abstract: true })
  abstract class Mixed extends base {
    @FileField({ ...owned })
    file?: FieldFile | null;
  }
  return Mixed;
}

/** Gives a class of entities a name. */
function Named(base: typeof Titled) {
  @Entity({ abstract: true })
  abstract class Mixed extends base {
    @FileField({ ...owned, column: 'name' })
    file?: NamedFile | null;
  }
  return Mixed;
}

const FiledBase = Filed(Titled);
const NamedBase = Named(Titled);

@Entity({ tableName: 'doc' })
class FiledDoc extends FiledBase {}

@Entity({ tableName: 'doc' })
class NamedDoc extends NamedBase {}

describe('a file that a mixin of classes declares', () => {
  it.each([
    { column: 'json', entity: FiledDoc, base: FiledBase },
    { column: 'name', entity: NamedDoc, base: NamedBase },
  ])('goes through its whole life (column: $column)', async ({ entity, base }) => {
    const app = await createApp([Titled, base as never, entity]);

    expect(await walkThrough(app, mapping(entity))).toEqual(expected(mapping(entity)));
  });
});
