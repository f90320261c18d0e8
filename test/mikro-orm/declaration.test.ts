import { join } from 'node:path';
import {
  defineStorages,
  FieldDefinitionError,
  FileSystemStorage,
  MemoryStorage,
  StorageOptionsError,
} from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFieldOptions, FileFieldsOptions } from '@filefield/mikro-orm';
import { FileCacheAdapter } from '@mikro-orm/core/fs-utils';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { declaredFilesAreKept } from './declared-entities.ts';
import { createApp, text } from './support.ts';

const Profile = defineEntity({
  name: 'Profile',
  embeddable: true,
  properties: (p) => ({
    title: p.string().nullable(),
    photo: fileField({ uploadTo: 'profiles/' }).nullable(),
  }),
});

const Attached = defineEntity({
  name: 'Attached',
  abstract: true,
  properties: (p) => ({
    id: p.integer().primary(),
    attachment: fileField({ uploadTo: 'attachments/' }).nullable(),
  }),
});

const MemberSchema = defineEntity({
  name: 'Member',
  extends: Attached,
  properties: (p) => ({
    name: p.string(),
    avatar: fileField({ uploadTo: 'avatars/' }).nullable(),
    note: fileField({ maxSize: 10 }).nullable(),
    profile: () => p.embedded(Profile).nullable(),
    details: () => p.embedded(Profile).object().nullable(),
  }),
});

const AnimalSchema = defineEntity({
  name: 'Animal',
  discriminatorColumn: 'kind',
  discriminatorValue: 'animal',
  properties: (p) => ({
    id: p.integer().primary(),
    kind: p.string(),
    image: fileField().nullable(),
  }),
});

const DogSchema = defineEntity({
  name: 'Dog',
  extends: AnimalSchema,
  discriminatorValue: 'dog',
  properties: () => ({ bark: fileField({ storage: 'other' }).nullable() }),
});

const PaperSchema = defineEntity({
  name: 'Paper',
  inheritance: 'tpt',
  properties: (p) => ({ id: p.integer().primary(), scan: fileField().nullable() }),
});

const ContractSchema = defineEntity({
  name: 'Contract',
  extends: PaperSchema,
  properties: () => ({ signature: fileField({ storage: 'other' }).nullable() }),
});

const declared = {
  all: [Profile, Attached, MemberSchema, AnimalSchema, DogSchema, PaperSchema, ContractSchema],
  Member: MemberSchema.class,
  Animal: AnimalSchema.class,
  Dog: DogSchema.class,
  Paper: PaperSchema.class,
  Contract: ContractSchema.class,
};

describe('fileField() in defineEntity', () => {
  declaredFilesAreKept(declared);
});

describe('fileField() with a metadata cache on the disk', () => {
  it.each([{ start: 'first' }, { start: 'second' }])('works at the $start start', async () => {
    const cacheDir = await temporaryDirectory();
    const metadataCache = { enabled: true, adapter: FileCacheAdapter, options: { cacheDir } };
    await createApp(declared.all, { orm: { metadataCache } });

    const app = await createApp(declared.all, { orm: { metadataCache } });

    const em = app.em();
    const member = em.create(declared.Member, { name: 'Ann', avatar: text('avatar.txt') });
    await em.flush();
    const again = await app.em().findOneOrFail(declared.Member, member.id);
    expect(await again.avatar?.text()).toBe('avatar.txt');
  });
});

interface Start {
  readonly files?: Partial<FileFieldsOptions>;
  readonly orm?: Options;
}

/** Options of an ORM with one field, which needs no database to start. */
function options(field: FileFieldOptions, { files, orm }: Start = {}): Options {
  const User = defineEntity({
    name: 'User',
    properties: (p) => ({ id: p.integer().primary(), avatar: fileField(field).nullable() }),
  });
  const storages = defineStorages({
    default: () => new MemoryStorage(),
    private: () => new MemoryStorage(),
  });
  const extension = fileFields({ storages, worker: 'manual', ...files });
  return { dbName: 'none', entities: [User], extensions: [extension], ...orm };
}

async function start(field: FileFieldOptions, more?: Start): Promise<string> {
  const orm = await MikroORM.init(options(field, more));
  return orm.getMetadata().getByClassName('FileJournal').tableName;
}

describe('a mistake in a declaration', () => {
  it.each([
    {
      mistake: 'an absolute uploadTo',
      field: { uploadTo: '/var/media/' },
      message: /^Cannot declare User\.avatar: uploadTo .* is not a directory of a storage: /,
    },
    {
      mistake: 'an uploadTo that climbs out',
      field: { uploadTo: '../avatars/' },
      message: /^Cannot declare User\.avatar: uploadTo /,
    },
    {
      mistake: 'an uploadTo that holds undefined',
      field: { uploadTo: 'avatars/undefined/' },
      message: /^Cannot declare User\.avatar: uploadTo .*"undefined" in place of a value/,
    },
    {
      mistake: 'an unknown alias',
      field: { storage: 'privat' },
      message:
        /^Cannot declare User\.avatar: storage "privat" is not defined, .* "default", "private"$/,
    },
    {
      mistake: 'a maxSize of no bytes',
      field: { maxSize: 0 },
      message: /^Cannot declare User\.avatar: maxSize 0 is not a positive number of bytes$/,
    },
    {
      mistake: 'a maxSize of half a byte',
      field: { maxSize: 1.5 },
      message: /^Cannot declare User\.avatar: maxSize 1\.5 is not/,
    },
    {
      mistake: 'a maxSize that is no number',
      field: { maxSize: '5mb' as never },
      message: /^Cannot declare User\.avatar: maxSize .*5mb/,
    },
    {
      mistake: 'an accept of nothing',
      field: { accept: [] },
      message: /^Cannot declare User\.avatar: accept is empty, which refuses every file$/,
    },
    {
      mistake: 'an accept that is one string',
      field: { accept: 'image/*' as never },
      message: /^Cannot declare User\.avatar: accept is "image\/\*", wanted is a list$/,
    },
    {
      mistake: 'an accept of a bare extension',
      field: { accept: ['png'] },
      message: /^Cannot declare User\.avatar: accept holds "png", neither a type/,
    },
    {
      mistake: 'a validator that is a list',
      field: { validators: [['png'] as never] },
      message:
        /^Cannot declare User\.avatar: validators holds \["png"\], neither a function nor a Standard Schema$/,
    },
    {
      mistake: 'a validator instead of a list',
      field: { validators: (() => 'no') as never },
      message: /^Cannot declare User\.avatar: validators is no list$/,
    },
    {
      mistake: 'a validator that is undefined',
      field: { validators: [undefined as never] },
      message: /^Cannot declare User\.avatar: validators holds undefined, neither/,
    },
    {
      mistake: 'a validator that is null',
      field: { validators: [null as never] },
      message: /^Cannot declare User\.avatar: validators holds null, neither/,
    },
  ])('stops the start and names the property: $mistake', async ({ field, message }) => {
    const work = start(field);

    await expect(work).rejects.toThrow(FieldDefinitionError);
    await expect(work).rejects.toThrow(message);
  });

  it('stops a synchronous start too', () => {
    const work = (): unknown => new MikroORM(options({ uploadTo: '/var/media/' }));

    expect(work).toThrow(FieldDefinitionError);
  });

  it('stops the start for a file as primary key', async () => {
    const Upload = defineEntity({
      name: 'Upload',
      properties: () => ({ file: fileField().primary() }),
    });

    const work = start({}, { orm: { entities: [Upload] } });

    await expect(work).rejects.toThrow(
      'Cannot declare Upload.file: a file cannot be the primary key',
    );
  });

  it('names the embeddable and the property in it', async () => {
    const Inner = defineEntity({
      name: 'Inner',
      embeddable: true,
      properties: () => ({ file: fileField({ uploadTo: '/x/' }).nullable() }),
    });
    const Outer = defineEntity({
      name: 'Outer',
      properties: (p) => ({ id: p.integer().primary(), inner: () => p.embedded(Inner).nullable() }),
    });

    const work = start({}, { orm: { entities: [Outer, Inner] } });

    await expect(work).rejects.toThrow(/^Cannot declare Outer\.inner\.file: /);
  });

  it('stops the start for a table in every schema', async () => {
    const Tenant = defineEntity({
      name: 'Tenant',
      schema: '*',
      properties: (p) => ({ id: p.integer().primary(), logo: fileField().nullable() }),
    });

    const work = start({}, { orm: { entities: [Tenant] } });

    await expect(work).rejects.toThrow(/^Cannot declare Tenant\.logo: .*wildcard schema/);
  });
});

describe('storages that cannot be right', () => {
  it('stop the start when one lies inside another', async () => {
    const location = await temporaryDirectory();
    const storages = defineStorages({
      default: () => new FileSystemStorage({ location }),
      private: () => new FileSystemStorage({ location: join(location, 'private') }),
    });

    const work = start({}, { files: { storages } });

    await expect(work).rejects.toThrow(StorageOptionsError);
    await expect(work).rejects.toThrow(/"default" and "private".*lies inside/);
    await expect(work).rejects.not.toThrow(location);
  });

  it('may share one location', async () => {
    const storage = new MemoryStorage();
    const storages = defineStorages({ default: () => storage, private: () => storage });

    await expect(start({}, { files: { storages } })).resolves.toBe('file_journal');
  });
});

describe('a fallback', () => {
  const undefinedAlias: FileFieldOptions = { storage: 'archive' };

  it('serves a field whose alias nobody defined', async () => {
    const storages = defineStorages(
      { default: () => new MemoryStorage() },
      { fallback: 'default' },
    );

    await expect(start(undefinedAlias, { files: { storages } })).resolves.toBe('file_journal');
  });

  it('is refused where it would show private files to everybody', async () => {
    const storages = defineStorages(
      { default: () => new MemoryStorage({ visibility: 'public' }) },
      { fallback: 'default' },
    );

    const work = start(undefinedAlias, { files: { storages } });

    await expect(work).rejects.toThrow(/^Cannot declare User\.avatar: .*"archive".*public/);
  });
});

describe('a duration', () => {
  it.each([
    { option: 'grace', value: 'tomorrow' },
    { option: 'grace', value: '24' },
    { option: 'grace', value: '-1h' },
    { option: 'grace', value: '1w' },
    { option: 'uploadTimeout', value: '5 minutes' },
    { option: 'uploadTimeout', value: 3600 },
    { option: 'tombstone', value: '' },
  ])('that is none stops the start: $option $value', async ({ option, value }) => {
    const work = start({}, { files: { [option]: value } });

    await expect(work).rejects.toThrow(StorageOptionsError);
    await expect(work).rejects.toThrow(`as ${option}: write a duration such as "24h" or "30s"`);
  });

  it.each(['0ms', '500ms', '30s', '15m', '1.5h', '7d'] as const)('can be %s', async (grace) => {
    await expect(start({}, { files: { grace } })).resolves.toBe('file_journal');
  });
});

describe('a time zone', () => {
  it('that nobody knows stops the start', async () => {
    const work = start({}, { files: { timeZone: 'Europe/Bonn' } });

    await expect(work).rejects.toThrow(StorageOptionsError);
    await expect(work).rejects.toThrow(
      'Cannot use "Europe/Bonn" as timeZone: write the name of a zone such as "Europe/Berlin"',
    );
  });
});

describe('what MikroORM knows of a file field', () => {
  it('tells it from other properties', async () => {
    const orm = await MikroORM.init(
      options({}, { orm: { entities: [MemberSchema, Attached, Profile] } }),
    );

    const props = orm.getMetadata(MemberSchema).props;

    const files = props.filter(({ runtimeType }) => runtimeType === 'FieldFile');
    expect(files.map(({ name }) => name)).toEqual([
      'attachment',
      'avatar',
      'note',
      'profile_photo',
      'details~photo',
    ]);
  });

  it.each(['json', 'name'] as const)(
    'is its alias, not where the files are: no migration names a place (column: %s)',
    async (column) => {
      const location = await temporaryDirectory();
      const storages = defineStorages({ private: () => new FileSystemStorage({ location }) });
      const orm = await MikroORM.init(
        options({ storage: 'private', column }, { files: { storages } }),
      );

      const sql = await orm.schema.getCreateSchemaSQL();

      expect(sql).toContain('"avatar"');
      expect(sql).not.toContain(location);
    },
  );
});

describe('fileFields()', () => {
  it('serves one ORM', async () => {
    const storages = defineStorages({ default: () => new MemoryStorage() });
    const files = fileFields({ storages, worker: 'manual' });
    await start({}, { orm: { extensions: [files] } });

    const work = start({}, { orm: { extensions: [files] } });

    await expect(work).rejects.toThrow('Cannot register fileFields() twice: make one for each ORM');
  });

  it('cannot be used before an ORM has it', () => {
    const files = fileFields({ storages: defineStorages({ default: () => new MemoryStorage() }) });

    expect(() => files.worker).toThrow(/without an ORM: pass it in MikroORM\.init\(/);
  });

  it('leaves the user’s list of entities as it was', async () => {
    const app = await createApp(declared.all);

    expect(declared.all).toHaveLength(7);
    expect(app.orm.getMetadata().getByClassName('FileJournal').tableName).toBe('file_journal');
  });
});
