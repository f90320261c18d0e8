import type { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import {
  defineEntity,
  FlushMode,
  TransactionPropagation,
  type EventSubscriber,
} from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, stream, text, unlessStuck, type App } from '../support.ts';
import { Doc } from './entities.ts';

const Late = defineEntity({
  name: 'Late',
  properties: (p) => ({
    id: p.integer().primary(),
    target: p.integer(),
    file: fileField().nullable(),
  }),
});

/** An application whose `Late` rows fail at COMMIT. */
async function lateApp(): Promise<App> {
  const app = await createApp([Late]);
  await app.sql('create table target (id int primary key)');
  await app.sql(
    'alter table late add foreign key (target) references target deferrable initially deferred',
  );
  return app;
}

describe('an explicit transaction', () => {
  it('keeps the files of all its flushes when it commits', async () => {
    const app = await createApp([Doc]);

    await app.em().transactional(async (em) => {
      em.create(Doc, { name: 'a', file: text('a.txt') });
      await em.flush();
      em.create(Doc, { name: 'b', file: text('b.txt') });
    });

    expect(await app.reclaim()).toEqual(['a.txt', 'b.txt']);
  });

  it('makes the files of all its flushes pending again when it rolls back', async () => {
    const app = await createApp([Doc]);
    const made: Doc[] = [];

    const done = app.em().transactional(async (em) => {
      made.push(em.create(Doc, { name: 'a', file: text('a.txt') }));
      await em.flush();
      made.push(em.create(Doc, { name: 'b', file: text('b.txt') }));
      await em.flush();
      throw new Error('rolled back');
    });

    await expect(done).rejects.toThrow('rolled back');
    expect(made.map(({ file }) => file!.isPending)).toEqual([true, true]);
    expect(await app.journal()).toEqual(['a.txt upload later', 'b.txt upload later']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('that replaces a file twice keeps only the last', async () => {
    const app = await createApp([Doc]);

    await app.em().transactional(async (em) => {
      const doc = em.create(Doc, { name: 'a', file: text('v1.txt') });
      await em.flush();
      doc.file = text('v2.txt');
      await em.flush();
      doc.file = text('v3.txt');
    });

    expect(await app.reclaim()).toEqual(['v3.txt']);
  });

  it('that removes what it created leaves nothing', async () => {
    const app = await createApp([Doc]);

    await app.em().transactional(async (em) => {
      const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
      await em.flush();
      em.remove(doc);
    });

    expect(await app.reclaim()).toEqual([]);
  });

  it('of begin() and commit() keeps its files', async () => {
    const app = await createApp([Doc]);
    const em = app.em();

    await em.begin();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.commit();

    expect(doc.file!.isPending).toBe(false);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('of begin() and rollback() gives its files back', async () => {
    const app = await createApp([Doc]);
    const em = app.em();

    await em.begin();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await em.rollback();

    expect(doc.file!.isPending).toBe(true);
    expect(await app.reclaim()).toEqual([]);
  });

  it('keeps what it does not write: an old file survives the rollback of its replacement', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('old.txt') });
    await em.flush();

    await em.begin();
    doc.file = text('new.txt');
    await em.flush();
    await em.rollback();

    expect(await app.reclaim()).toEqual(['old.txt']);
  });

  it('uploads when a query flushes by itself', async () => {
    const app = await createApp([Doc]);

    await app.em().transactional(async (em) => {
      em.create(Doc, { name: 'a', file: text('a.txt') });
      await em.find(Doc, { name: 'other' }, { flushMode: FlushMode.AUTO });
      expect(await app.objects()).toEqual(['a.txt']);
    });

    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('runs beside others, each with its own files', async () => {
    const app = await createApp([Doc]);

    const run = (name: string) =>
      app.em().transactional(async (em) => {
        em.create(Doc, { name, file: text(`${name}.txt`) });
        await em.flush();
        if (name === 'b') throw new Error('rolled back');
      });
    await Promise.allSettled(['a', 'b', 'c'].map(run));

    expect(await app.reclaim()).toEqual(['a.txt', 'c.txt']);
  });
});

describe('a savepoint', () => {
  it('that is released leaves its files to the outer transaction', async () => {
    const app = await createApp([Doc]);
    const source = text('b.txt');

    await app.em().transactional(async (em) => {
      em.create(Doc, { name: 'a', file: text('a.txt') });
      await em.flush();
      await em.transactional(async (inner) => {
        inner.create(Doc, { name: 'b', file: source });
      });
      em.create(Doc, { name: 'c', file: text('c.txt') });
    });

    expect(source.isPending).toBe(false);
    expect(await app.reclaim()).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  it('that is rolled back gives back exactly its own files', async () => {
    const app = await createApp([Doc]);
    const [outer, inside] = [text('a.txt'), text('b.txt')];

    await app.em().transactional(async (em) => {
      em.create(Doc, { name: 'a', file: outer });
      await em.flush();
      await em
        .transactional(async (inner) => {
          inner.create(Doc, { name: 'b', file: inside });
          await inner.flush();
          throw new Error('inner');
        })
        .catch(() => {});
      expect([outer.isPending, inside.isPending]).toEqual([false, true]);
    });

    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('that is released goes with the outer transaction when that is rolled back', async () => {
    const app = await createApp([Doc]);
    const inside = text('b.txt');

    await app
      .em()
      .transactional(async (em) => {
        await em.transactional(async (inner) => {
          inner.create(Doc, { name: 'b', file: inside });
        });
        throw new Error('outer');
      })
      .catch(() => {});

    expect(inside.isPending).toBe(true);
    expect(await app.journal()).toEqual(['b.txt upload later']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('three deep gives back what the middle one rolls back', async () => {
    const app = await createApp([Doc]);
    const files = ['a.txt', 'b.txt', 'c.txt'].map((name) => text(name));

    await app.em().transactional(async (one) => {
      one.create(Doc, { name: 'a', file: files[0]! });
      await one.flush();
      await one
        .transactional(async (two) => {
          two.create(Doc, { name: 'b', file: files[1]! });
          await two.flush();
          await two.transactional(async (three) => {
            three.create(Doc, { name: 'c', file: files[2]! });
          });
          throw new Error('middle');
        })
        .catch(() => {});
    });

    expect(files.map(({ isPending }) => isPending)).toEqual([false, true, true]);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('that replaced a file and is rolled back leaves the old one in the row', async () => {
    const app = await createApp([Doc]);
    const setup = app.em();
    const { id } = setup.create(Doc, { id: 1, name: 'a', file: text('old.txt') });
    await setup.flush();

    await app.em().transactional(async (em) => {
      await em
        .transactional(async (inner) => {
          const doc = await inner.findOneOrFail(Doc, id);
          doc.file = text('new.txt');
          await inner.flush();
          throw new Error('inner');
        })
        .catch(() => {});
      em.clear();
    });

    expect(await app.reclaim()).toEqual(['old.txt']);
  });

  it('may be followed by another with the same file', async () => {
    const app = await createApp([Doc]);
    const file = text('a.txt');

    await app.em().transactional(async (em) => {
      await em
        .transactional(async (inner) => {
          inner.create(Doc, { name: 'a', file });
          await inner.flush();
          throw new Error('inner');
        })
        .catch(() => em.clear());
      await em.transactional(async (inner) => {
        inner.create(Doc, { name: 'b', file });
      });
    });

    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });
});

describe('REQUIRES_NEW', () => {
  it('keeps the inner files although the outer transaction is rolled back', async () => {
    const app = await createApp([Doc]);
    const [outer, inside] = [text('a.txt'), text('b.txt')];

    await app
      .em()
      .transactional(async (em) => {
        em.create(Doc, { name: 'a', file: outer });
        await em.flush();
        await em.transactional(
          async (inner) => void inner.create(Doc, { name: 'b', file: inside }),
          {
            propagation: TransactionPropagation.REQUIRES_NEW,
            clear: true,
          },
        );
        throw new Error('outer');
      })
      .catch(() => {});

    expect([outer.isPending, inside.isPending]).toEqual([true, false]);
    expect(await app.reclaim()).toEqual(['b.txt']);
  });
});

describe('a COMMIT that fails', () => {
  it.each<[string, (app: App, file: FieldFile) => Promise<unknown>]>([
    [
      'an implicit transaction',
      async (app, file) => {
        const em = app.em();
        em.create(Late, { target: 404, file });
        await em.flush();
      },
    ],
    [
      'em.transactional',
      (app, file) =>
        app.em().transactional(async (em) => void em.create(Late, { target: 404, file })),
    ],
    [
      'begin, commit and rollback',
      async (app, file) => {
        const em = app.em();
        await em.begin();
        em.create(Late, { target: 404, file });
        await em.commit().catch(async (error) => {
          await em.rollback();
          throw error;
        });
      },
    ],
  ])('gives the files of %s back', async (_, run) => {
    const app = await lateApp();
    const file = text('late.txt');

    await expect(run(app, file)).rejects.toThrow(/foreign key/);

    expect(file.isPending).toBe(true);
    expect(await app.journal()).toEqual(['late.txt upload later']);
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('a connection that is lost', () => {
  it('before COMMIT leaves the object to the journal', async () => {
    const app = await createApp([Doc], { losesConnection: true });
    const file = text('a.txt');

    const done = app.em().transactional(async (em) => {
      em.create(Doc, { name: 'a', file });
      await em.flush();
      const [{ pid }] = await em.execute<[{ pid: number }]>('select pg_backend_pid() as pid');
      await app.sql('select pg_terminate_backend(?)', [pid]);
      await em.execute('select 1');
    });

    await expect(done).rejects.toThrow(/terminat|Connection/i);
    expect(file.isPending).toBe(true);
    expect(await app.journal()).toEqual(['a.txt upload later']);
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('a transaction that MikroORM did not begin', () => {
  it('keeps its files when a Kysely transaction is given and commits', async () => {
    const app = await createApp([Doc]);
    const transaction = await app.orm.em.getConnection().getClient().startTransaction().execute();
    const em = app.em();
    em.setTransactionContext(transaction);

    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await transaction.commit().execute();

    expect(doc.file!.isPending).toBe(false);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('leaves its object to the journal when it is rolled back', async () => {
    const app = await createApp([Doc]);
    const transaction = await app.orm.em.getConnection().getClient().startTransaction().execute();
    const em = app.em();
    em.setTransactionContext(transaction);

    em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await transaction.rollback().execute();

    expect(await app.journal()).toEqual(['a.txt upload later']);
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('implicitTransactions: false', () => {
  it('keeps the files of a flush', async () => {
    const app = await createApp([Doc], { orm: { implicitTransactions: false } });
    const em = app.em();

    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    doc.file = doc.file!.renamed('b.txt');
    await em.flush();

    expect(app.log.some((line) => line.startsWith('begin'))).toBe(false);
    expect(await app.reclaim()).toEqual(['b.txt']);
  });

  it('uses the upload of a flush that failed again', async () => {
    const app = await createApp([Doc], { orm: { implicitTransactions: false } });
    await app.sql(`insert into doc (name) values ('taken')`);
    const em = app.em();
    const doc = em.create(Doc, { name: 'taken', file: text('a.txt') });
    await em.flush().catch(() => {});

    doc.name = 'free';
    await em.persist(doc).flush();

    expect(app.uploads()).toBe(1);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('keeps what was written before the statement that failed', async () => {
    const app = await createApp([Doc, Late], { orm: { implicitTransactions: false } });
    await app.sql('create table target (id int primary key)');
    await app.sql('insert into target values (1)');
    await app.sql('alter table late add foreign key (target) references target');
    const em = app.em();
    const late = em.create(Late, { target: 1 });
    await em.flush();
    const doc = em.create(Doc, { name: 'a', file: stream('a.txt') });
    em.assign(late, { target: 404, file: stream('late.txt') });
    await expect(em.flush()).rejects.toThrow(/foreign key/);

    doc.name = 'b';
    late.target = 1;
    await em.flush();
    await em.flush();

    expect([doc.file!.isPending, late.file!.isPending]).toEqual([false, false]);
    expect(app.uploads()).toBe(2);
    expect(await app.reclaim()).toEqual(['a.txt', 'late.txt']);
  });
});

describe('an afterTransactionCommit listener that throws', () => {
  it.each<[string, 'before' | 'after']>([
    ['registered before ours', 'before'],
    ['registered after ours', 'after'],
  ])('%s does not make the files of a committed transaction pending', async (_, order) => {
    const boom: EventSubscriber = {
      afterTransactionCommit() {
        throw new Error('boom');
      },
    };
    const app = await createApp([Doc], order === 'before' ? { orm: { subscribers: [boom] } } : {});
    app.orm.em.getEventManager().registerSubscriber(boom);
    const em = app.em();
    const file = text('a.txt');
    em.create(Doc, { name: 'a', file });

    const done = em.flush();

    await expect(done).rejects.toThrow('boom');
    expect(file.isPending).toBe(false);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });
});

describe('a flush that goes on inside a transaction that waits', () => {
  it('never waits for the rows of its own transaction', async () => {
    const app = await createApp([Doc]);
    const file = text('a.txt');

    const done = app.em().transactional(async (em) => {
      const doc = em.create(Doc, { name: 'a', file });
      await em.flush();
      doc.file = null;
      await em.flush();
      doc.file = file;
      await em.flush();
    });

    expect(await unlessStuck(done.then(() => 'done'))).toBe('done');
    expect(await app.reclaim()).toEqual(['a.txt']);
  });
});
