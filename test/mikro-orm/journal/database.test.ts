import { describe, expect, it } from 'vitest';
import { databaseOf, type Database } from '../../../packages/mikro-orm/src/journal/database.ts';
import { Journal } from '../../../packages/mikro-orm/src/journal/journal.ts';
import { isReclaimedError } from '../../../packages/mikro-orm/src/journal/reclaimed-error.ts';
import { createDatabase } from '../../support/database.ts';
import { entityWith, fileOrm } from './file-orm.ts';
import type { MikroORM } from '@mikro-orm/postgresql';

async function connected(): Promise<{ orm: MikroORM; database: Database }> {
  const orm = await fileOrm(await createDatabase(), [entityWith('a')]);
  await orm.schema.create();
  return { orm, database: databaseOf(orm.em.getConnection()) };
}

const object = { storage: 'p', location: 'memory://1/', reason: 'upload' } as const;

describe('the database behind a MikroORM connection', () => {
  it('takes values that hold quotes, backslashes and question marks', async () => {
    const { database } = await connected();
    const name = `a'b"c\\d?e??f$1`;

    const [ticket] = await new Journal(database).schedule([{ ...object, name }], 1000);

    expect(ticket?.name).toBe(name);
    expect(await new Journal(database).listed('p', [name])).toEqual(new Set([name]));
  });

  it('runs a transaction in READ COMMITTED, whatever the default of the role is', async () => {
    const { orm, database } = await connected();
    await database.all(
      `alter database "${orm.config.get('dbName')}" set default_transaction_isolation = 'serializable'`,
    );
    await orm.reconnect();

    const rows = await databaseOf(orm.em.getConnection()).transaction((tx) =>
      tx.all('show transaction_isolation'),
    );

    expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
  });

  it('rolls back when the work fails', async () => {
    const { database } = await connected();

    const failing = database.transaction(async (tx) => {
      await new Journal(tx).schedule([{ ...object, name: 'n1' }], 1000);
      throw new Error('stop');
    });

    await expect(failing).rejects.toThrow('stop');
    expect(await database.all('select * from file_journal')).toEqual([]);
  });

  it('joins the transaction of an entity manager, and is undone with it', async () => {
    const { orm, database } = await connected();
    const em = orm.em.fork();
    await em.begin();

    const joined = databaseOf(em.getConnection(), em.getTransactionContext());
    await new Journal(joined).schedule([{ ...object, name: 'n1' }], 1000);
    await joined.transaction((savepoint) =>
      new Journal(savepoint).schedule([{ ...object, name: 'n2' }], 1000),
    );

    expect(await joined.all('select * from file_journal')).toHaveLength(2);
    await em.rollback();
    expect(await database.all('select * from file_journal')).toEqual([]);
  });
});

describe('a transaction whose connection is lost', () => {
  it('gives it back, so that a restart of the server does not use up the pool', async () => {
    const { database } = await connected();
    const lose = async (tx: Database): Promise<unknown> =>
      tx.all('select pg_terminate_backend(pg_backend_pid())');

    // More than the pool has.
    const lost = Array.from({ length: 12 }, async () => database.transaction(lose));
    const ended = await Promise.allSettled(lost);

    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(await database.all('select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a statement of MikroORM that references a reclaimed file', () => {
  it.each(['read committed', 'repeatable read'] as const)(
    'fails with an error that isReclaimedError knows, in %s',
    async (isolationLevel) => {
      const { orm, database } = await connected();
      const em = orm.em.fork();
      await em.begin({ isolationLevel });
      await em.execute('select 1');
      await database.all(`insert into file_journal (storage, name, state) values ('p', 'n1', 2)`);

      const error: unknown = await em
        .execute(`insert into m (a) values ('{"storage":"p","name":"n1"}')`)
        .catch((reason: unknown) => reason);

      expect(isReclaimedError(error)).toBe(true);
      await em.rollback();
    },
  );

  it('is told from a foreign key of the application', async () => {
    const { orm } = await connected();
    await orm.em.fork().execute('create table child (m int references m)');

    const error: unknown = await orm.em
      .fork()
      .execute('insert into child values (1)')
      .catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: '23503' });
    expect(isReclaimedError(error)).toBe(false);
  });
});
