import { fileField } from '@filefield/mikro-orm';
import { defineEntity, type EventSubscriber, type FlushEventArgs } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, text } from '../support.ts';

const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({
    id: p.integer().primary(),
    body: p.string().default(''),
    file: fileField().nullable(),
    cover: fileField({ storage: 'other' }).nullable(),
  }),
  hooks: {
    beforeCreate: [
      ({ entity }) => void (entity.body === 'hook' && (entity.file = text('created.txt'))),
    ],
    beforeUpdate: [
      ({ entity }) => void (entity.body === 'hook' && (entity.file = text('updated.txt'))),
    ],
  },
});

const Log = defineEntity({
  name: 'Log',
  properties: (p) => ({ id: p.integer().primary(), note: () => p.manyToOne(Note) }),
  hooks: {
    beforeCreate: [({ entity }) => void (entity.note.cover = text('logged.txt'))],
  },
});

describe('a file assigned in a hook of the entity', () => {
  it('is uploaded inside the transaction of a beforeCreate', async () => {
    const app = await createApp([Note]);
    const em = app.em();

    const note = em.create(Note, { body: 'hook' });
    await em.flush();

    expect(note.file).toMatchObject({ filename: 'created.txt', isPending: false });
    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(['created.txt']);
  });

  it('is uploaded inside the transaction of a beforeUpdate, though the column had not changed', async () => {
    const app = await createApp([Note]);
    const em = app.em();
    const note = em.create(Note, { body: 'plain' });
    await em.flush();

    note.body = 'hook';
    await em.flush();

    expect(note.file).toMatchObject({ filename: 'updated.txt', isPending: false });
    const again = await app.em().findOneOrFail(Note, note.id);
    expect(await again.file!.text()).toBe('updated.txt');
    expect(await app.reclaim()).toEqual(['updated.txt']);
  });

  it('is uploaded in a beforeUpdate in place of the file that the flush stored', async () => {
    const app = await createApp([Note]);
    const em = app.em();
    const note = em.create(Note, { body: 'plain', file: text('old.txt') });
    await em.flush();

    note.body = 'hook';
    note.file = text('mine.txt');
    await em.flush();

    const again = await app.em().findOneOrFail(Note, note.id);
    expect(again.file!.filename).toBe('updated.txt');
    expect(await app.reclaim()).toEqual(['updated.txt']);
  });

  it('is uploaded for each row of a batch', async () => {
    const app = await createApp([Note]);
    const em = app.em();

    const notes = [1, 2, 3].map(() => em.create(Note, { body: 'hook' }));
    await em.flush();
    notes.forEach((note) => (note.cover = text('cover.txt')));
    await em.flush();

    const again = await app.em().find(Note, {});
    expect(again.map(({ file }) => file!.filename)).toEqual(Array(3).fill('updated.txt'));
    expect(await app.reclaim()).toEqual([
      ...Array(3).fill('cover.txt'),
      ...Array(3).fill('updated.txt'),
    ]);
  });

  it('is pending again after a rollback', async () => {
    const app = await createApp([Note]);
    const em = app.em();

    await em.begin();
    const note = em.create(Note, { body: 'hook' });
    await em.flush();
    await em.rollback();

    expect(note.file!.isPending).toBe(true);
    expect(await app.journal()).toEqual(['created.txt upload later']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('does not wait for a pool of one connection', async () => {
    const app = await createApp([Note], { orm: { pool: { min: 0, max: 1 } } });
    const em = app.em();

    em.create(Note, { body: 'hook' });

    expect(await outcome(em.flush())).toBe('ok');
  });
});

describe('a file assigned in a hook of another entity', () => {
  it('is never lost: it is written by this flush or by the next', async () => {
    const app = await createApp([Note, Log]);
    const em = app.em();
    const note = em.create(Note, { body: 'plain' });
    await em.flush();

    em.create(Log, { note });
    await em.flush();
    await em.flush();

    const again = await app.em().findOneOrFail(Note, note.id);
    expect(again.cover!.filename).toBe('logged.txt');
    expect(await app.journal()).toEqual([]);
  });

  it('is written by this flush when that entity is written after it', async () => {
    const app = await createApp([Note, Log]);
    const em = app.em();
    const note = em.create(Note, { body: 'plain' });
    await em.flush();

    em.create(Log, { note });
    note.body = 'changed';
    await em.flush();

    const again = await app.em().findOneOrFail(Note, note.id);
    expect(again.cover!.filename).toBe('logged.txt');
  });
});

describe('a file assigned by a subscriber', () => {
  it('is uploaded when beforeFlush assigns it', async () => {
    const assigning: EventSubscriber = {
      beforeFlush({ em }: FlushEventArgs) {
        for (const entity of em.getUnitOfWork().getPersistStack()) {
          Object.assign(entity, { cover: text('flushed.txt') });
        }
      },
    };
    const app = await createApp([Note], { orm: { subscribers: [assigning] } });
    const em = app.em();

    em.create(Note, { body: 'plain' });
    await em.flush();

    expect(await app.reclaim()).toEqual(['flushed.txt']);
  });

  it('is uploaded when beforeCreate assigns it', async () => {
    const assigning: EventSubscriber = {
      beforeCreate: ({ entity }) => void Object.assign(entity, { cover: text('sub.txt') }),
    };
    const app = await createApp([Note], { orm: { subscribers: [assigning] } });
    const em = app.em();

    em.create(Note, { body: 'plain' });
    await em.flush();

    expect(await app.reclaim()).toEqual(['sub.txt']);
  });
});
