import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStorage, StorageOptionsError, UnknownStorageError } from '@filefield/core';
import { fileField, type ReconcileOptions, type ReconcileReport } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, stem, text, type App } from '../support.ts';

const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({}).nullable(),
    other: fileField({ storage: 'other' }).nullable(),
    named: fileField({ column: 'name' }).nullable(),
  }),
});

/** Uses one storage of two. */
const Lonely = defineEntity({
  name: 'Lonely',
  properties: (p) => ({ id: p.integer().primary(), file: fileField({}).nullable() }),
});

/** An application with one row that has three files. */
async function savedNote(app: App) {
  const em = app.em();
  const note = em.create(Note, { file: text('a.txt'), other: text('b.txt'), named: text('c.txt') });
  await em.flush();
  return { em, note };
}

/** Everything that is there by now is old enough. */
async function reconcile(app: App, options: ReconcileOptions = {}): Promise<ReconcileReport> {
  await sleep(2);
  return await app.files.reconcile({ olderThan: '0ms', ...options });
}

function names(findings: readonly { readonly name: string }[]): string[] {
  return findings.map(({ name }) => stem(name));
}

const nothing = {
  orphans: [],
  missing: [],
  differences: [],
  unfinished: [],
  dead: [],
  problems: [],
};

describe('reconcile()', () => {
  it('finds nothing where rows and objects agree', async () => {
    const app = await createApp([Note]);
    await savedNote(app);

    expect(await reconcile(app)).toEqual({
      ...nothing,
      dryRun: true,
      objects: 3,
      bytes: 15,
      references: 3,
      young: 0,
      scheduled: 0,
      more: 0,
      leftAlone: [],
    });
  });

  it('tells an object that no row refers to, with its size and date', async () => {
    const app = await createApp([Note]);
    await savedNote(app);
    await app.storage.save('lost.txt', 'nobody knows me');

    const { orphans } = await reconcile(app);

    expect(orphans).toEqual([
      { storage: 'default', name: 'lost.txt', size: 15, modifiedAt: expect.any(Date) },
    ]);
  });

  it('tells a value whose object is gone, and where the value is', async () => {
    const app = await createApp([Note]);
    const { note } = await savedNote(app);
    await app.storage.delete(note.file!.name!);
    await app.storage.delete(note.named!.name!);

    const { missing } = await reconcile(app);

    expect(missing.map(({ name, column }) => `${stem(name)} of ${column}`)).toEqual([
      'a.txt of public.note.file',
      'c.txt of public.note.named',
    ]);
  });

  it('tells a value whose name no storage could have', async () => {
    const app = await createApp([Note]);
    await app.sql(`insert into note (file) values ('{"storage": "default", "name": "../x"}')`);

    expect(names((await reconcile(app)).missing)).toEqual(['x']);
  });

  it('tells no missing object for a value under an alias that it does not know', async () => {
    const app = await createApp([Note]);
    await app.sql(`insert into note (file) values ('{"storage": "elsewhere", "name": "x.txt"}')`);

    expect(await reconcile(app)).toMatchObject(nothing);
  });

  it('tells a value that says another size than its object has', async () => {
    const app = await createApp([Note]);
    const { note } = await savedNote(app);
    await app.storage.save(note.file!.name!, 'longer than before', { ifExists: 'overwrite' });

    const { differences } = await reconcile(app);

    expect(differences).toEqual([
      {
        storage: 'default',
        name: note.file!.name,
        column: 'public.note.file',
        expected: 5,
        received: 18,
      },
    ]);
  });

  it('leaves a storage alone that no field declares, and that neither a row nor the journal knows', async () => {
    const app = await createApp([Lonely]);
    await app.other.save('css/app.css', 'a {}');

    const unnamed = await reconcile(app, { dryRun: false });
    const named = await reconcile(app, { aliases: ['other'] });

    expect(unnamed).toMatchObject({ leftAlone: ['other'], orphans: [], scheduled: 0, objects: 0 });
    expect(names(named.orphans)).toEqual(['app.css']);
  });

  it.each<[what: string, sql: string]>([
    ['a row', `insert into lonely (file) values ('{"storage": "other", "name": "x.txt"}')`],
    ['the journal', `insert into file_journal (storage, name) values ('other', 'x.txt')`],
  ])(
    'looks through a storage that no field declares where %s knows of an object',
    async (_what, sql) => {
      const app = await createApp([Lonely]);
      await app.other.save('lost.txt', 'nobody knows me');
      await app.sql(sql);

      const { orphans, leftAlone } = await reconcile(app);

      expect([names(orphans), leftAlone]).toEqual([['lost.txt'], []]);
    },
  );

  it('tells what the worker gave up, and why', async () => {
    const app = await createApp([Note]);
    await app.sql(
      `insert into file_journal (storage, name, state, attempts, last_error, due_at) values ('default', 'poison.txt', 3, 12, 'permission denied', 'infinity')`,
    );

    const { dead } = await reconcile(app);

    expect(dead).toEqual([
      { storage: 'default', name: 'poison.txt', attempts: 12, error: 'permission denied' },
    ]);
  });

  it('writes nothing, neither to the journal nor to the storages, unless it is told to', async () => {
    const app = await createApp([Note]);
    await app.storage.save('lost.txt', 'x');
    app.storage.forgetCalls();

    await reconcile(app);

    expect(await app.journal()).toEqual([]);
    expect(app.storage.calls.map(({ operation }) => operation)).toEqual(['walk']);
  });
});

describe('reconcile({ dryRun: false })', () => {
  it('lists orphans in the journal, where they wait for the grace', async () => {
    const app = await createApp([Note], { files: { grace: '1h' } });
    await app.storage.save('lost.txt', 'x');

    const { scheduled } = await reconcile(app, { dryRun: false });
    await app.files.worker.drain();

    expect(scheduled).toBe(1);
    expect(await app.journal()).toEqual(['lost.txt orphan later']);
    expect(await app.objects()).toEqual(['lost.txt']);
  });

  it('leaves the deletion to the worker, which keeps what a row came to refer to', async () => {
    const app = await createApp([Note]);
    await app.storage.save('adopted.txt', 'x');
    await app.storage.save('lost.txt', 'x');
    await reconcile(app, { dryRun: false });

    await app.sql(
      `insert into note (file) values ('{"storage": "default", "name": "adopted.txt"}')`,
    );

    expect(await app.reclaim()).toEqual(['adopted.txt']);
  });

  it('lists an orphan once, however often it runs', async () => {
    const app = await createApp([Note]);
    await app.storage.save('lost.txt', 'x');

    await reconcile(app, { dryRun: false });
    const again = await reconcile(app, { dryRun: false });

    expect(again.orphans).toEqual([]);
    expect(await app.journal()).toEqual(['lost.txt orphan due']);
  });

  it('lists no more orphans than its limit, and counts the others', async () => {
    const app = await createApp([Note]);
    await Promise.all(['1', '2', '3'].map((name) => app.storage.save(`${name}.txt`, 'x')));

    const report = await reconcile(app, { dryRun: false, limit: 2 });

    expect(report).toMatchObject({ scheduled: 2, more: 1 });
    expect(names(report.orphans)).toEqual(['1.txt', '2.txt']);
  });

  it('lists nothing at a location that belongs to another environment', async () => {
    const app = await createApp([Note]);
    await app.storage.save('lost.txt', 'x');
    await app.sql(
      `update file_journal set value = '{"id": "a copy of the database"}' where reason = 'identity'`,
    );

    const { problems, scheduled } = await reconcile(app, { dryRun: false, aliases: ['default'] });

    expect(problems).toEqual([
      'Cannot schedule orphans of storage "default": its location belongs to another environment or database',
    ]);
    expect(scheduled).toBe(0);
  });
});

describe('reconcile() leaves alone', () => {
  it('objects that are younger than the age limit', async () => {
    const app = await createApp([Note]);
    await app.storage.save('new.txt', 'x');

    expect(await app.files.reconcile({ olderThan: '1h' })).toMatchObject({ young: 1, orphans: [] });
  });

  it('uploads that are announced, staged or waiting for their commit', async () => {
    const app = await createApp([Note]);
    const em = app.em();
    await em.begin();
    em.create(Note, { file: text('uncommitted.txt') });
    await em.flush();
    await app.files.stage(Note, 'file', 'x', { filename: 'staged.txt' });

    const report = await reconcile(app, { dryRun: false });
    await em.commit();

    expect(report).toMatchObject({ orphans: [], scheduled: 0 });
    expect(await app.objects()).toEqual(['staged.txt', 'uncommitted.txt']);
  });

  it('objects that are kept on purpose, or wait for their grace', async () => {
    const app = await createApp([Note], { files: { grace: '1h' } });
    await savedNote(app);
    await app.sql('delete from note');
    await app.sql(`update file_journal set due_at = 'infinity' where name like 'a%'`);

    expect(await reconcile(app)).toMatchObject({ ...nothing, objects: 3, references: 0 });
  });

  it.each([
    ['under an alias that this process does not know', { storage: 'of another application' }],
    ['without an alias', {}],
    ['without owning it', { storage: 'default', owned: false }],
  ])('objects that a value refers to %s', async (_, value) => {
    const app = await createApp([Note]);
    await app.storage.save('shared.txt', 'x');
    const file = JSON.stringify({ ...value, name: 'shared.txt' });
    await app.sql('insert into note (file) values (?)', [file]);

    expect(await reconcile(app)).toMatchObject(nothing);
  });

  it('objects of other storages, and aliases that were not asked for', async () => {
    const app = await createApp([Note]);
    await app.storage.save('lost.txt', 'x');
    await app.other.save('lost too.txt', 'x');

    const report = await reconcile(app, { dryRun: false, aliases: ['other'] });

    expect(report.orphans.map(({ storage }) => storage)).toEqual(['other']);
  });

  it('the owner of a location', async () => {
    const app = await createApp([Note]);

    expect(await reconcile(app)).toMatchObject({ objects: 0, orphans: [] });
  });
});

describe('two names that UTF-16 and UTF-8 order differently', () => {
  it('are matched on both sides', async () => {
    const app = await createApp([Note]);
    const stored = ['\u{1f600}.txt', '\uffee.txt', 'z.txt', 'Z.txt', 'é.txt', 'z/a.txt'];
    for (const name of stored) await app.storage.save(name, 'x');
    const files = stored.map((name) => JSON.stringify({ storage: 'default', name, size: 1 }));
    await app.sql('insert into note (file) select f from jsonb_array_elements(?::jsonb) f', [
      `[${files.join()}]`,
    ]);

    expect(await reconcile(app)).toMatchObject({ ...nothing, objects: 6, references: 6 });
  });
});

describe('reconcile() decides nothing', () => {
  it('where a table lacks its current triggers', async () => {
    const app = await createApp([Note]);
    await app.storage.save('lost.txt', 'x');
    await app.sql('alter table note disable trigger all');

    const { problems, orphans, scheduled } = await reconcile(app, { dryRun: false });

    expect(problems[0]).toMatch(/"public"\."note".*lacks its current triggers/);
    expect({ orphans, scheduled }).toEqual({ orphans: [], scheduled: 0 });
  });

  it('where the storage does not list in order', async () => {
    const storage = new UnsortedStorage();
    const app = await createApp([Note], { default: storage });
    await storage.save('a.txt', 'x');
    await storage.save('b.txt', 'x');

    const { problems, scheduled } = await reconcile(app, { dryRun: false });

    expect(problems).toEqual([
      'Cannot reconcile storage "default": Cannot compare "a.txt": the storage lists it after "b.txt", the order of UTF-8 bytes is wanted',
    ]);
    expect(scheduled).toBe(0);
  });

  it('where the storage fails, and looks through the others', async () => {
    const app = await createApp([Note]);
    app.faults.push({ operation: 'walk' });
    await app.other.save('lost.txt', 'x');

    const { problems, orphans } = await reconcile(app);

    expect(problems).toEqual([expect.stringMatching(/^Cannot reconcile storage "default": /)]);
    expect(names(orphans)).toEqual(['lost.txt']);
  });

  it('when the database answers with an error', async () => {
    const app = await createApp([Note]);
    await app.storage.save('lost.txt', 'x');
    await app.sql(`insert into note (file) values ('{"storage": "default", "name": "y"}')`);
    await app.sql(`alter table note rename column file to hidden`);

    await expect(reconcile(app, { dryRun: false })).rejects.toThrow(
      /column t\.file does not exist/,
    );
    expect(await app.journal()).toEqual([]);
  });

  it('while the journal is missing', async () => {
    const app = await createApp([Note], { prepare: async () => {} });

    expect((await reconcile(app)).problems).toEqual([
      'Cannot reconcile: the journal is missing, update the schema',
    ]);
  });

  it('once its signal ends it', async () => {
    const app = await createApp([Note]);
    await app.storage.save('lost.txt', 'x');

    const ended = reconcile(app, { dryRun: false, signal: AbortSignal.abort(new Error('enough')) });

    await expect(ended).rejects.toThrow('enough');
    expect(await app.journal()).toEqual([]);
  });
});

describe('reconcile() refuses', () => {
  it.each([
    ['an alias that nobody defined', { aliases: ['nowhere'] }, UnknownStorageError],
    ['an age that is no duration', { olderThan: 'a day' as '1d' }, StorageOptionsError],
    ['a negative limit', { limit: -1 }, StorageOptionsError],
    ['half a limit', { limit: 0.5 }, StorageOptionsError],
  ])('%s', async (_, options, error) => {
    const app = await createApp([Note]);

    await expect(app.files.reconcile(options)).rejects.toThrow(error);
  });
});

/** Lists the last name first. */
class UnsortedStorage extends MemoryStorage {
  override async *walk(prefix?: string): AsyncGenerator<never> {
    const files = await Array.fromAsync(super.walk(prefix));
    yield* files.toReversed() as never[];
  }
}
