import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSystemStorage } from '@filefield/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Doom } from './doomed-worker.ts';
import { dangling, orphans } from './races.ts';
import { createWorld, file } from './world.ts';
import type { World } from './world.ts';

describe('a process that is killed', () => {
  it.each([
    ['before lease'],
    ['after lease'],
    ['before judge'],
    ['after judge'],
    ['before delete'],
    ['after delete'],
    ['before tombstone'],
    ['after tombstone'],
  ])('%s leaves the disk to be cleaned up by another one', async (step) => {
    const { world, location } = await onDisk();
    await list(world);

    const signal = await run({ connection: world.test.connection, location, step });
    const after = await dangling(world);
    await world.makeDue();
    await world.worker().drain();

    expect(signal).toBe('SIGKILL');
    expect([...after, ...(await dangling(world)), ...(await orphans(world))]).toEqual([]);
    expect(await filesBelow(location)).toEqual(['.filefield/owner', 'used.txt']);
  });

  it.each([['before purge'], ['after judge'], ['after purge']])(
    '%s of a tombstone leaves nothing of a late upload',
    async (step) => {
      const { world, location } = await onDisk();
      await list(world);
      await world.worker().drain();
      await world.storages['media']!.save('gone.txt', 'a late upload');
      await world.sql(`update file_journal set due_at = now() where state = 2`);

      const signal = await run({ connection: world.test.connection, location, step });
      await world.sql(`update file_journal set due_at = now() where state = 2`);
      await world.worker().drain();

      expect(signal).toBe('SIGKILL');
      expect(await world.journal()).toEqual([]);
      expect(await filesBelow(location)).toEqual(['.filefield/owner', 'used.txt']);
    },
  );
});

async function onDisk(): Promise<{ world: World; location: string }> {
  const location = await mkdtemp(join(tmpdir(), 'filefield-kill-'));
  onTestFinished(async () => await rm(location, { recursive: true, force: true }));
  return { world: await createWorld({ media: new FileSystemStorage({ location }) }), location };
}

/** One object to delete and one that is referenced, both due. */
async function list(world: World): Promise<void> {
  await world.put('gone.txt', { due: '-1 second' });
  await world.put('used.txt');
  await world.sql('insert into t (a) values ($1)', [file('used.txt')]);
  await world.sql(`insert into file_journal (storage, name) values ('media', 'used.txt')`);
}

/** Runs a worker in a process of its own; answers the signal that ended it. */
async function run(doom: Doom): Promise<NodeJS.Signals | null> {
  const script = join(import.meta.dirname, 'doomed-worker.ts');
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [script, JSON.stringify(doom)], () =>
      resolve(child.signalCode),
    );
  });
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted((one, other) => (one < other ? -1 : 1));
}
