import { FileValidationError } from '@filefield/core';
import type { FieldFile } from '@filefield/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { expect, it } from 'vitest';
import { createApp, text } from './support.ts';
import type { AppOptions } from './support.ts';

interface Profile {
  title?: string | null | undefined;
  photo?: FieldFile | null | undefined;
}

/** Extends an abstract class with `attachment`. */
export interface DeclaredMember {
  id: number;
  attachment?: FieldFile | null | undefined;
  name: string;
  avatar?: FieldFile | null | undefined;
  /** At most 10 bytes. */
  note?: FieldFile | null | undefined;
  /** Inline. */
  profile?: Profile | null | undefined;
  /** A document. */
  details?: Profile | null | undefined;
}

/** Single table inheritance. */
export interface DeclaredAnimal {
  id: number;
  image?: FieldFile | null | undefined;
}

export interface DeclaredDog extends DeclaredAnimal {
  bark?: FieldFile | null | undefined;
}

/** A table for each type. */
export interface DeclaredPaper {
  id: number;
  scan?: FieldFile | null | undefined;
}

export interface DeclaredContract extends DeclaredPaper {
  signature?: FieldFile | null | undefined;
}

type Declared<Entity> = abstract new () => Entity;

/** The same entities in one of the ways to declare them. */
export interface DeclaredEntities {
  readonly all: NonNullable<NonNullable<AppOptions['orm']>['entities']>;
  readonly Member: Declared<DeclaredMember>;
  readonly Animal: Declared<DeclaredAnimal>;
  /** `bark` lives in the storage `other`. */
  readonly Dog: Declared<DeclaredDog>;
  readonly Paper: Declared<DeclaredPaper>;
  /** `signature` lives in the storage `other`. */
  readonly Contract: Declared<DeclaredContract>;
}

/** What is true however the entities were declared. */
export function declaredFilesAreKept(
  { all, Member, Animal, Dog, Paper, Contract }: DeclaredEntities,
  options: AppOptions = {},
): void {
  const create = async <Entity extends object>(
    em: EntityManager,
    Class: Declared<Entity>,
    values: Partial<Entity>,
  ): Promise<Entity> => {
    const entity = em.create(Class, values as never);
    await em.flush();
    return entity;
  };

  it('saves and loads files of own, inherited, inline and document fields', async () => {
    const app = await createApp(all, options);
    const { id } = await create(app.em(), Member, {
      name: 'Ann',
      attachment: text('attachment.txt'),
      avatar: text('avatar.txt'),
      profile: { title: 'x', photo: text('inline.txt') },
      details: { title: 'y', photo: text('document.txt') },
    });

    const member = await app.em().findOneOrFail(Member, { id });

    const files = [member.attachment, member.avatar, member.profile?.photo, member.details?.photo];
    expect(await Promise.all(files.map((file) => file?.text()))).toEqual([
      'attachment.txt',
      'avatar.txt',
      'inline.txt',
      'document.txt',
    ]);
    expect(member.avatar?.name).toMatch(/^avatars\/avatar_\w+\.txt$/);
    expect(member.note).toBeNull();
  });

  it('emits nothing for what was only loaded', async () => {
    const app = await createApp(all, options);
    await create(app.em(), Member, { name: 'Ann', avatar: text('avatar.txt') });
    await create(app.em(), Dog, { image: text('image.txt'), bark: text('bark.txt') });
    await create(app.em(), Contract, { scan: text('scan.txt'), signature: text('signature.txt') });
    const em = app.em();
    await em.find(Member, {});
    await em.find(Animal, {});
    await em.find(Paper, {});
    app.log.length = 0;

    await em.flush();

    expect(app.log).toEqual([]);
  });

  it('keeps the options of each field', async () => {
    const app = await createApp(all, options);

    const work = create(app.em(), Member, { name: 'Ann', note: text('note.txt', '12345678901') });

    await expect(work).rejects.toThrow(FileValidationError);
    await expect(work).rejects.toThrow(/^Cannot save Member\.note: /);
    expect(await app.objects()).toEqual([]);
  });

  it('keeps files of a single table, each in the storage of its field', async () => {
    const app = await createApp(all, options);
    const { id } = await create(app.em(), Dog, {
      image: text('image.txt'),
      bark: text('bark.txt'),
    });
    const em = app.em();

    const dog = (await em.findOneOrFail(Animal, { id })) as DeclaredDog;

    expect([dog.image?.storage, dog.bark?.storage]).toEqual(['default', 'other']);
    expect(await dog.bark?.text()).toBe('bark.txt');
    await em.remove(dog).flush();
    expect(await app.reclaim()).toEqual([]);
  });

  it('keeps files of a table for each type, and replaces that of the parent’s', async () => {
    const app = await createApp(all, options);
    const { id } = await create(app.em(), Contract, {
      scan: text('scan.txt'),
      signature: text('signature.txt'),
    });
    const em = app.em();
    const contract = await em.findOneOrFail(Contract, { id });
    contract.scan = text('rescan.txt');

    await em.flush();

    const again = (await app.em().findOneOrFail(Paper, { id })) as DeclaredContract;
    expect([again.scan?.filename, again.signature?.filename]).toEqual([
      'rescan.txt',
      'signature.txt',
    ]);
    expect(again.signature?.storage).toBe('other');
    expect(await app.reclaim()).toEqual(['rescan.txt', 'signature.txt']);
  });

  it('leaves nothing for schema:update', async () => {
    const app = await createApp(all, options);

    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('puts triggers on every table with file columns, once', async () => {
    const app = await createApp(all, options);

    const rows = await app.sql<{ table: string; triggers: string }>(
      `select tgrelid::regclass::text as table, string_agg(split_part(tgname, '_', 2), ' ' order by tgname) as triggers
         from pg_trigger where not tgisinternal group by 1 order by 1`,
    );

    const triggers = 'del ins truncate upd';
    expect(rows).toEqual(
      ['animal', 'contract', 'member', 'paper'].map((table) => ({ table, triggers })),
    );
  });
}

/** What MikroORM itself lets a declaration say of a property. */
export const everyOption = {
  fieldName: 'the_scan',
  nullable: false,
  lazy: true,
  hidden: true,
  unique: true,
  comment: 'Signed by both.',
  groups: ['owner'],
};

/** An entity `Deed` whose `scan` is a name of 99 characters declared with {@link everyOption} is mapped as it says. */
export async function everyOptionReachesTheColumn(Deed: Declared<object>): Promise<void> {
  const app = await createApp([Deed]);

  const { scan } = app.orm.getMetadata(Deed).properties as Record<string, object>;
  const { nullable, lazy, hidden, groups } = everyOption;
  expect(scan).toMatchObject({ nullable, lazy, hidden, groups });
  const [column] = await app.sql(
    `select format_type(atttypid, atttypmod) as type, attnotnull as "notNull", col_description(attrelid, attnum) as comment,
         exists (select from pg_index where indrelid = attrelid and indisunique and indkey[0] = attnum) as "unique"
       from pg_attribute where attrelid = 'deed'::regclass and attname = 'the_scan'`,
  );
  expect(column).toEqual({
    type: 'character varying(99)',
    notNull: true,
    comment: 'Signed by both.',
    unique: true,
  });
}
