import { MemoryStorage } from '@filefield/core';
import { expect, it } from 'vitest';
import { startPostgres } from '../../support/database.ts';
import { createWorld, file } from './world.ts';

it('no row comes back to a deleted object when the server crashes, even with synchronous_commit = off', async () => {
  // The log is written so late that what is not flushed on purpose is lost.
  const server = await startPostgres({
    flags: ['--synchronous_commit=off', '--wal_writer_delay=10s', '--wal_writer_flush_after=1GB'],
  });
  const storage = new MemoryStorage({ id: 'media' });
  const world = await createWorld({ media: storage }, { server });
  await world.put('a.txt');
  await world.sql('insert into t (a) values ($1)', [file('a.txt')]);
  await world.sql('delete from t');
  await world.worker().drain();

  await server.restart('immediate');

  expect(await world.sql('select * from t')).toEqual([]);
  expect(await world.journal()).toMatchObject([{ name: 'a.txt', state: 2 }]);
  expect(await world.objects()).toEqual([]);
});
