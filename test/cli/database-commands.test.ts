import { EventEmitter, once } from 'node:events';
import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { fileField, fileFields, imageField } from '@filefield/mikro-orm';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { picture, sized, testEngine } from '../mikro-orm/variants/support.ts';
import { runCli, type CliOutput, type CliSurroundings } from './run-cli.ts';

const User = defineEntity({
  name: 'User',
  properties: {
    id: p.integer().primary(),
    avatar: fileField({ storage: 'media', uploadTo: 'avatars/' }).nullable(),
    old: p.string().nullable(),
    photo: imageField({
      storage: 'media',
      variants: { thumb: sized(100) },
      generate: 'on-demand',
    }).nullable(),
  },
});

describe('filefield drain', () => {
  it('deletes what is due, and tells it', async () => {
    const app = await project();
    await app.save(1, 'a.txt');
    await app.sql('delete from "user"');

    const { exitCode, stdout, stderr } = await app.run(['drain', '--verbose']);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: '1 object deleted, 0 kept, 0 postponed, 0 failed, 0 given up, 0 tombstones purged\n',
    });
    expect(stderr).toMatch(/deleted media:avatars\/a_\w+\.txt\n/);
    expect(await app.objects()).toEqual([]);
  });

  it('ends with 1 when a storage fails', async () => {
    const app = await project();
    await app.save(1, 'a.txt');
    await app.sql('delete from "user"');
    app.faults.push({ operation: 'reclaim' });

    const { exitCode, stdout } = await app.run(['drain', '--json']);

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ reclaimed: 0, failed: 1 });
  });
});

describe('filefield worker', () => {
  it('deletes what becomes due until it is stopped, which is its good end', async () => {
    const app = await project();
    await app.save(1, 'a.txt');
    const stop = new AbortController();
    const reclaimed = app.reclaimed();

    const running = app.run(['worker'], { signal: stop.signal });
    await app.sql('delete from "user"');
    await reclaimed;
    stop.abort();
    const { exitCode, stdout, stderr } = await running;

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 object deleted, 0 failed\n' });
    expect(stderr).toMatch(/^The worker is running\ndeleted media:avatars\/a_\w+\.txt\n$/);
  });
});

describe('filefield reconcile', () => {
  it('finds orphans and missing objects, and writes nothing', async () => {
    const app = await project();
    await app.save(1, 'a.txt');
    await app.storage.deleteMany(await app.objects());
    await app.storage.save('orphan.txt', 'ab');

    const { exitCode, stdout } = await app.run(['reconcile', 'media', '--older-than', '0s']);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^orphan media:orphan\.txt 2 B\nmissing media:avatars\/a_\w+\.txt, a row of public\.user\.avatar refers to it\n1 object \(2 B\) and 1 reference compared: 1 orphan, 1 missing/,
    );
  });

  it('schedules orphans when it is told to and may', async () => {
    const app = await project();
    await app.storage.save('orphan.txt', 'ab');
    const flags = ['reconcile', '--schedule', '--older-than', '0s'];

    const asked = await app.run(flags);
    const { exitCode, stdout } = await app.run([...flags, '--yes']);

    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Pass --yes') });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1 scheduled, the worker deletes them when their grace is over\n');
  });

  it('is good when everything fits', async () => {
    const app = await project();
    await app.save(1, 'a.txt');

    const { exitCode, stdout } = await app.run(['reconcile', '--json']);

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ objects: 1, orphans: [], missing: [] });
  });
});

describe('filefield restore', () => {
  it('gives a file back to its row', async () => {
    const app = await project({ grace: '1h' });
    const name = await app.save(1, 'a.txt');
    await app.sql('update "user" set avatar = null');

    const { exitCode, stdout } = await app.run([
      'restore',
      `media:${name}`,
      ...['--to', 'User.avatar', '--id', '1'],
    ]);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `media:${name} is User.avatar of 1 again\n`,
    });
    expect(await app.sql(`select avatar ->> 'name' as name from "user"`)).toEqual([{ name }]);
  });

  it('prints what a row has to hold', async () => {
    const app = await project({ grace: '1h' });
    const name = await app.save(1, 'a.txt');
    await app.sql('delete from "user"');

    const { stdout } = await app.run(['restore', `media:${name}`, '--json']);

    expect(JSON.parse(stdout)).toMatchObject({ value: { storage: 'media', name, size: 5 } });
  });

  it.each([
    ['an entity that is misspelt', 'Usre.avatar', '1', 'Did you mean "User"?'],
    ['a property that is misspelt', 'User.avatra', '1', 'Did you mean "avatar"?'],
    ['a row that is not there', 'User.avatar', '7', 'there is no row "7"'],
  ])('refuses %s', async (_what, to, id, told) => {
    const app = await project({ grace: '1h' });
    const name = await app.save(1, 'a.txt');
    await app.sql('delete from "user"');

    const { exitCode, stderr } = await app.run([
      'restore',
      `media:${name}`,
      '--to',
      to,
      '--id',
      id,
    ]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(told);
  });

  it('says when an object is gone', async () => {
    const app = await project();

    const { exitCode, stderr } = await app.run(['restore', 'media:gone.txt']);

    expect(exitCode).toBe(1);
    expect(stderr).toBe('Cannot restore "gone.txt" in storage "media": no such file\n');
  });
});

describe('filefield claim-location', () => {
  it('takes a location that belongs to another deployment', async () => {
    const app = await project();
    await app.save(1, 'a.txt');
    const other = await project({}, app.storage);
    await other.sql(
      `select filefield_schedule('[{"storage": "media", "name": "gone.txt", "reason": "orphan"}]', '0s')`,
    );
    const before = await other.run(['drain']);

    const claimed = await other.run(['claim-location', 'media', '--yes']);
    const after = await other.run(['drain']);

    expect(before).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('belongs to') });
    expect(claimed.stdout).toBe(`media: ${app.storage.location} is ours\n`);
    expect(after).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1 object deleted/),
    });
  });
});

describe('filefield adopt', () => {
  it('ends a dry run with 0 when nothing is in the way, and says how to go on', async () => {
    const app = await project();
    await app.storage.save('old/a.txt', 'abc');
    await app.sql(`insert into "user" (id, old) values (1, 'old/a.txt')`);

    const { exitCode, stdout } = await app.run(['adopt', 'User.avatar', '--column', 'old', '-n']);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout:
        '1 row looked at, 1 to be adopted, 0 left as they are\nRun it without --dry-run to write 1 row\n',
    });
  });

  it('is told when an entity comes without its property', async () => {
    const { exitCode, stderr } = await runCli(['adopt', 'User', '--column', 'old'], {
      storages: { media: new MemoryStorage() },
      orm: { entities: [User] },
    });

    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'Cannot use "User" as a field: its property is missing\nWrite User.property\n',
    });
  });

  it('takes over names of another column, and tells what is wrong with some', async () => {
    const app = await project();
    await app.storage.save('old/a.txt', 'abc');
    await app.sql(`insert into "user" (id, old) values (1, 'old/a.txt'), (2, 'old/gone.txt')`);

    const { exitCode, stdout } = await app.run(['adopt', 'User.avatar', '--column', 'old']);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^id 2 "old\/gone\.txt": .+\n2 rows looked at, 1 adopted, 1 left/);
    expect(await app.sql(`select avatar ->> 'size' as size from "user" order by id`)).toEqual([
      { size: '3' },
      { size: null },
    ]);
  });
});

describe('filefield triggers', () => {
  it('prints statements that make the journal follow a table of names', async () => {
    const app = await project();
    await app.sql('create table legacy (id integer primary key, picture varchar(255))');
    const flags = ['--table', 'legacy', '--column', 'picture', '--storage', 'media', '--reclaim'];
    const { stdout } = await app.run(['triggers', '--sql', ...flags]);

    await app.sql(stdout);
    await app.sql(stdout);
    await app.storage.save('p.png', 'p');
    await app.sql(`insert into legacy values (1, 'p.png'); delete from legacy`);
    await app.run(['drain']);

    expect(await app.objects()).toEqual([]);
  });

  it('prints those of the project, which change nothing', async () => {
    const app = await project();

    const { exitCode, stdout } = await app.run(['triggers']);
    await app.sql(stdout);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('on "public"."user"');
  });

  it.each([
    ['a table without columns', ['--table', 'a'], 'pass --column NAME'],
    ['a column without a table', ['--column', 'a'], 'need --table'],
    ['variants without a table', ['--variants'], 'need --table'],
    [
      'a name that is no table',
      ['--table', 'a.b.c', '--column', 'd'],
      'write table or schema.table',
    ],
    [
      'an alias that is none',
      ['--table', 'a', '--column', 'b', '--storage', 'x'],
      'Defined storages',
    ],
  ])('refuses %s', async (_what, flags, told) => {
    const { exitCode, stderr } = await runCli(['triggers', ...flags], {
      storages: { media: new MemoryStorage() },
      orm: { entities: [User] },
    });

    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(told),
    });
  });
});

describe('filefield variants', () => {
  it('makes what rows lack, after a dry run that only counts', async () => {
    const app = await project();
    await app.savePhoto(1);

    const dry = await app.run(['variants', 'regenerate', 'User.photo', '-n', '-q']);
    const { exitCode, stdout } = await app.run(['variants', 'regenerate', 'User.photo', '-q']);

    expect(dry.stdout).toContain('\n1 variant to be made, 0 to be dropped\n');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      '1 row looked at, 1 brought up to date, 0 left as they are\n1 variant made, 0 dropped\n',
    );
    expect(await app.objects()).toHaveLength(2);
  });

  it.each([
    ['something else to do', ['regenrate', 'User.photo'], 'Did you mean "regenerate"?'],
    ['a field that there is not', ['regenerate', 'User.foto'], 'Did you mean "photo"?'],
    ['a field that is no image', ['regenerate', 'User.avatar'], 'it is no image field'],
  ])('refuses %s', async (_what, argv, told) => {
    const app = await project();

    const { exitCode, stderr } = await app.run(['variants', ...argv]);

    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain(told);
  });
});

describe('--json', () => {
  it.each<[argv: string[], expected: object]>([
    [['stat', 'media:old/a.txt'], { storage: 'media', name: 'old/a.txt', size: 3 }],
    [['claim-location', 'media', '--yes'], { claimed: [{ storage: 'media' }] }],
    [['adopt', 'User.avatar', '--column', 'old'], { adopted: 1, problems: [] }],
    [['backfill', 'User.avatar'], { filled: 0 }],
    [['variants', 'regenerate', 'User.photo'], { made: 0, dropped: 0, isComplete: true }],
    [['findstatic', 'database.ts', '--source', '../support'], { found: [{ name: 'database.ts' }] }],
    [['cors', '--origin', 'https://a.test'], { CORSRules: [{ ID: 'filefield' }] }],
  ])('makes one document of what %j finds', async (argv, expected) => {
    const app = await project();
    await app.storage.save('old/a.txt', 'abc');
    await app.sql(`insert into "user" (id, old) values (1, 'old/a.txt')`);

    const { exitCode, stdout, stderr } = await app.run([...argv, '--json']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject(expected);
  });
});

describe('a database without the journal', () => {
  it('is told in a sentence, and how to mend it', async () => {
    const { connection } = await createDatabase();

    const { exitCode, stderr } = await runCli(['drain'], {
      storages: { media: new MemoryStorage() },
      orm: { ...connection, entities: [User] },
    });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /"public\.file_journal" does not exist\nIs the schema up to date\? See /,
    );
  });
});

describe('a database that does not answer', () => {
  it('is told in a sentence', async () => {
    const { exitCode, stderr } = await runCli(['drain'], {
      storages: { media: new MemoryStorage() },
      orm: { entities: [User], host: '127.0.0.1', password: 'hunter2' },
    });

    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'Cannot reach the database: connect ECONNREFUSED 127.0.0.1:1\nIs it running, and does the configuration of MikroORM say where, and as whom?\n',
    );
  });
});

interface Project {
  readonly storage: MemoryStorage;
  readonly faults: StorageFault[];
  save(id: number, filename: string): Promise<string>;
  savePhoto(id: number): Promise<void>;
  sql(statement: string): Promise<unknown[]>;
  objects(): Promise<string[]>;
  reclaimed(): Promise<unknown>;
  run(argv: readonly string[], surroundings?: CliSurroundings): Promise<CliOutput>;
}

async function project(
  files: { readonly grace?: '1h' } = {},
  storage: MemoryStorage = new MemoryStorage(),
): Promise<Project> {
  const { connection } = await createDatabase();
  const faults: StorageFault[] = [];
  const media = failingStorage(storage, faults);
  const variants = { engine: testEngine() };
  const options = { grace: '0s', variants, ...files } as const;
  const orm = await MikroORM.init({
    ...connection,
    entities: [User],
    extensions: [
      fileFields({
        storages: defineStorages({ media: () => storage }),
        worker: 'manual',
        ...options,
      }),
    ],
  });
  onTestFinished(async () => orm.close(true));
  await orm.schema.create();
  const events = new EventEmitter();
  const told = media.reclaim.bind(media);
  media.reclaim = async (names) => {
    await told(names);
    events.emit('reclaimed');
  };
  return {
    storage,
    faults,
    save: async (id, filename) => {
      const em = orm.em.fork();
      const avatar = FieldFile.from('bytes', { filename });
      em.create(User, { id, avatar });
      await em.flush();
      return avatar.name!;
    },
    savePhoto: async (id) => {
      const em = orm.em.fork();
      em.create(User, { id, photo: picture() });
      await em.flush();
    },
    sql: async (statement) => await orm.em.getConnection().execute(statement),
    objects: async () => (await Array.fromAsync(storage.walk())).map(({ name }) => name),
    reclaimed: async () => await once(events, 'reclaimed'),
    run: async (argv, surroundings) =>
      await runCli(
        argv,
        { storages: { media }, files: options, orm: { ...connection, entities: [User] } },
        surroundings,
      ),
  };
}
