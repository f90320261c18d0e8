import 'reflect-metadata';
import { MemoryStorage, type FieldFile } from '@filefield/core';
import { FileField } from '@filefield/mikro-orm/legacy';
import { Embeddable, Embedded, Entity, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { describe, expect, it } from 'vitest';
import { createApp, text } from './support.ts';

describe('a storage of a field that is inherited', () => {
  const inherited = new MemoryStorage();

  @Entity({ abstract: true })
  abstract class Base {
    @PrimaryKey({ type: 'integer' })
    id!: number;

    @FileField({ storage: inherited })
    file?: FieldFile | null;
  }

  @Entity()
  class Letter extends Base {}

  @Entity()
  class Invoice extends Base {}

  it('has an alias for each table that keeps its files', async () => {
    const { orm, files } = await createApp([Base, Letter, Invoice]);
    const em = orm.em.fork();
    const letter = em.create(Letter, { file: text('a.txt') });
    const invoice = em.create(Invoice, { file: text('b.txt') });

    await em.flush();

    expect([letter.file?.storage, invoice.file?.storage]).toEqual(['Letter.file', 'Invoice.file']);
    expect(files.storages.get('Invoice.file')).toBe(files.storages.get('Letter.file'));
    expect(await Array.fromAsync(inherited.walk())).toHaveLength(2);
  });

  @Entity({ discriminatorColumn: 'kind', discriminatorValue: 'person' })
  class Person {
    @PrimaryKey({ type: 'integer' })
    id!: number;

    @FileField({ storage: () => new MemoryStorage({ id: 'person' }), column: 'name' })
    photo?: FieldFile | null;
  }

  @Entity({ discriminatorValue: 'employee' })
  class Employee extends Person {
    @FileField({ storage: () => new MemoryStorage({ id: 'employee' }) })
    badge?: FieldFile | null;
  }

  it('has one alias for a table of several entities', async () => {
    const { orm, files } = await createApp([Person, Employee]);
    const em = orm.em.fork();
    em.create(Employee, { photo: text('me.txt'), badge: text('badge.txt') });
    await em.flush();

    const again = await orm.em.fork().findOneOrFail(Person, { id: 1 });

    expect(files.storages.aliases.toSorted()).toEqual([
      'Person.badge',
      'Person.photo',
      'default',
      'other',
    ]);
    expect(again.photo?.storage).toBe('Person.photo');
    expect(await again.photo?.text()).toBe('me.txt');
    expect(await (again as Employee).badge?.text()).toBe('badge.txt');
  });

  @Embeddable()
  class Picture {
    @FileField({ storage: () => new MemoryStorage({ id: 'picture' }) })
    file?: FieldFile | null;
  }

  @Entity()
  class Album {
    @PrimaryKey({ type: 'integer' })
    id!: number;

    @Embedded(() => Picture, { nullable: true })
    cover?: Picture | null;

    @Embedded(() => Picture, { array: true, nullable: true })
    pages?: Picture[] | null;
  }

  it('has the alias of an embeddable, wherever that lies', async () => {
    const { orm, files } = await createApp([Album, Picture]);
    const em = orm.em.fork();
    em.create(Album, {
      cover: { file: text('cover.txt') },
      pages: [{ file: text('one.txt') }, { file: text('two.txt') }],
    });
    await em.flush();

    const again = await orm.em.fork().findOneOrFail(Album, { id: 1 });

    expect(files.storages.aliases).toEqual(['default', 'other', 'Picture.file']);
    expect(await again.cover?.file?.text()).toBe('cover.txt');
    expect(await again.pages?.[1]?.file?.text()).toBe('two.txt');
  });
});

describe('a decorated entity of two ORMs of a process', () => {
  @Entity()
  class Note {
    @PrimaryKey({ type: 'integer' })
    id!: number;

    @FileField()
    file?: FieldFile | null;
  }

  it('has its files in the storage of the ORM that loads and saves it', async () => {
    const [one, two] = [await createApp([Note]), await createApp([Note])];
    const [first, second] = [one.em(), two.em()];
    const note = first.create(Note, { file: text('a.txt', 'one') });
    second.create(Note, { file: text('b.txt', 'two') });

    await Promise.all([first.flush(), second.flush()]);

    const again = await one.em().findOneOrFail(Note, { id: 1 });
    expect([await one.objects(), await two.objects()]).toEqual([['a.txt'], ['b.txt']]);
    expect([await note.file?.text(), await again.file?.text()]).toEqual(['one', 'one']);
  });
});
