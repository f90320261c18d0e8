import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, text, type App } from '../support.ts';

const Paper = defineEntity({
  name: 'Paper',
  properties: (p) => ({
    id: p.integer().primary(),
    archived: fileField({ onDelete: 'keep' }).nullable(),
    versioned: fileField({ onReplace: 'keep' }).nullable(),
  }),
});

async function savedPaper(app: App) {
  const em = app.em();
  const paper = em.create(Paper, {
    archived: text('archived.txt'),
    versioned: text('versioned.txt'),
  });
  await em.flush();
  return { em, paper };
}

describe('keep', () => {
  it('of onDelete holds the object of a deleted row', async () => {
    const app = await createApp([Paper]);
    const { em, paper } = await savedPaper(app);

    await em.remove(paper).flush();

    expect(await app.journal()).toEqual(['archived.txt kept held', 'versioned.txt released due']);
    expect(await app.reclaim()).toEqual(['archived.txt']);
  });

  it('of onDelete does not hold a replaced object', async () => {
    const app = await createApp([Paper]);
    const { em, paper } = await savedPaper(app);

    paper.archived = text('new.txt');
    await em.flush();

    expect(await app.reclaim()).toEqual(['new.txt', 'versioned.txt']);
  });

  it('of onReplace holds a replaced object, and one replaced by null', async () => {
    const app = await createApp([Paper]);
    const { em, paper } = await savedPaper(app);

    paper.versioned = text('v2.txt');
    await em.flush();
    paper.versioned = null;
    await em.flush();

    expect(await app.journal()).toEqual(['v2.txt kept held', 'versioned.txt kept held']);
    expect(await app.reclaim()).toEqual(['archived.txt', 'v2.txt', 'versioned.txt']);
  });

  it('of onReplace holds the old object of a rename', async () => {
    const app = await createApp([Paper]);
    const { em, paper } = await savedPaper(app);

    paper.versioned = paper.versioned!.renamed('renamed.txt');
    await em.flush();

    expect(await app.reclaim()).toEqual(['archived.txt', 'renamed.txt', 'versioned.txt']);
  });

  it('holds by raw SQL and TRUNCATE too', async () => {
    const app = await createApp([Paper]);
    await savedPaper(app);

    await app.sql('truncate paper');

    expect(await app.journal()).toEqual(['archived.txt kept held', 'versioned.txt released due']);
  });

  it('never holds what was only uploaded', async () => {
    const app = await createApp([Paper]);
    const em = app.em();
    await em
      .transactional(async (inner) => {
        inner.create(Paper, { archived: text('archived.txt') });
        await inner.flush();
        throw new Error('rolled back');
      })
      .catch(() => {});

    expect(await app.reclaim()).toEqual([]);
  });

  it('lets a held object be restored', async () => {
    const app = await createApp([Paper]);
    const { em, paper } = await savedPaper(app);
    const { name } = paper.archived!;
    await em.remove(paper).flush();

    const later = app.em();
    const back = later.create(Paper, {
      archived: await app.files.restore({ storage: 'default', name: name! }),
    });
    await later.flush();

    expect(back.archived!.name).toBe(name);
    expect(await app.journal()).toEqual(['versioned.txt released due']);
    expect(await app.reclaim()).toEqual(['archived.txt']);
  });
});
