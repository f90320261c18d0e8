import { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import type { NamedFile } from '@filefield/mikro-orm';
import { FileField } from '@filefield/mikro-orm/es';
import { defineEntity } from '@mikro-orm/postgresql';
import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { describe, expect, expectTypeOf, it } from 'vitest';

const DocSchema = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ column: 'name' }).nullable(),
    scan: fileField({ column: 'name', default: '' }),
    row: fileField().nullable(),
  }),
});
class Doc extends DocSchema.class {}
DocSchema.setClass(Doc);

/** As decorated classes look. */
class Paper {
  id!: number;
  file?: NamedFile | null;
}

declare const em: EntityManager;
declare const doc: Doc;
declare const paper: Paper;

/** Checked by the compiler, never run: what it returns would need a database. */
function unrun(_work: () => unknown): void {}

const file = FieldFile.from('x', { filename: 'x.txt' });

describe('the type of a field that holds names', () => {
  it('is FieldFile, with null where it may be empty', () => {
    expectTypeOf<InferEntity<typeof DocSchema>['file']>().toExtend<FieldFile | null | undefined>();
    expectTypeOf<InferEntity<typeof DocSchema>['scan']>().toExtend<FieldFile | null>();
    expect(file).toBeInstanceOf(FieldFile);
  });

  it('takes a FieldFile or null, never a string', () => {
    unrun(() => {
      doc.file = file;
      doc.file = null;
      doc.scan = null;
      paper.file = file;
      em.create(Doc, { file, scan: file });
      em.create(Doc, {});
      em.assign(doc, { file });
      em.create(Paper, { id: 1, file });
      // @ts-expect-error a name is no file
      doc.file = 'docs/a.txt';
      // @ts-expect-error a name is no file
      paper.file = 'docs/a.txt';
      // @ts-expect-error a name is no file
      em.create(Doc, { file: 'docs/a.txt' });
      // @ts-expect-error a name is no file
      em.assign(doc, { file: 'docs/a.txt' });
      // @ts-expect-error a name is no file
      em.create(Paper, { id: 1, file: 'docs/a.txt' });
    });
  });
});

describe('a filter on a field that holds names', () => {
  it('takes the name, and operators on it', () => {
    unrun(async () => {
      await em.find(Doc, { file: 'docs/a.txt' });
      await em.find(Doc, { scan: 'docs/a.txt' });
      await em.find(Doc, { file: ['docs/a.txt', 'docs/b.txt'] });
      await em.find(Doc, { file: { $in: ['docs/a.txt'] } });
      await em.find(Doc, { file: { $like: 'docs/%' } });
      await em.find(Doc, { file: { $ne: 'docs/a.txt' } });
      await em.find(Doc, { file: { $gt: 'docs/a' } });
      await em.find(Doc, { file: null });
      await em.find(Doc, { file: { $ne: null } });
      await em.find(Doc, { $or: [{ file: 'docs/a.txt' }, { scan: '' }] });
      await em.find(Doc, { file });
      await em.find(Paper, { file: 'docs/a.txt' });
      await em.find(Paper, { file: { $in: ['docs/a.txt'] } });
      await em.find(Doc, {}, { orderBy: { file: 'asc' } });
      // @ts-expect-error a name is a string
      await em.find(Doc, { file: 5 });
      // @ts-expect-error this column holds JSON
      await em.find(Doc, { row: 'docs/a.txt' });
      // @ts-expect-error this column holds JSON
      await em.find(Doc, { row: { $in: ['docs/a.txt'] } });
    });
  });
});

describe('a decorated property', () => {
  it('may be a NamedFile', () => {
    unrun(() => {
      class Decorated {
        @FileField({ column: 'name' }) file?: NamedFile | null;
        @FileField({ column: 'name', default: '' }) scan!: NamedFile | null;
      }
      return Decorated;
    });
  });
});
