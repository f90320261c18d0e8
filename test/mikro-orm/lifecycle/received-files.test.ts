import { randomUUID } from 'node:crypto';
import { access, open, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FieldFile, FileValidationError, IntegrityError } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { busboyPart, interrupted, received } from '../../support/receive.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { createApp, text, type App } from '../support.ts';
import { Doc } from './entities.ts';

/** A file on the disk as multer leaves it there. */
async function uploaded(content = 'it is me'): Promise<Express.Multer.File> {
  const destination = await temporaryDirectory();
  const path = join(destination, 'a1b2');
  await writeFile(path, content);
  return {
    fieldname: 'avatar',
    originalname: 'me.txt',
    mimetype: 'text/plain',
    size: Buffer.byteLength(content),
    destination,
    filename: 'a1b2',
    path,
  } as Express.Multer.File;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Removing a source is nobody's to await. */
async function untilGone(path: string): Promise<void> {
  await expect.poll(() => isThere(path)).toBe(false);
}

/** Flushes a new row with the file. */
async function save(app: App, file: FieldFile): Promise<FieldFile> {
  const em = app.em();
  em.create(Doc, { name: randomUUID(), file });
  await em.flush();
  return file;
}

describe('the temporary file of an upload', () => {
  it('is gone once its row is committed', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded();

    const file = await save(app, FieldFile.fromMulter(sent));

    await untilGone(sent.path);
    expect(await file.text({ verify: true })).toBe('it is me');
    expect(file).toMatchObject({ filename: 'me.txt', type: 'text/plain', size: 8 });
  });

  it('stays until the outermost transaction commits', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded();

    const isKept = await app.em().transactional(async (em) => {
      await em.transactional(async (inner) => {
        inner.create(Doc, { name: randomUUID(), file: FieldFile.fromMulter(sent) });
      });
      return await isThere(sent.path);
    });

    expect(isKept).toBe(true);
    await untilGone(sent.path);
  });

  it('stays after a rollback, and goes with the next commit', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded();
    const file = FieldFile.fromMulter(sent);
    const rolledBack = app.em().transactional(async (em) => {
      em.create(Doc, { name: randomUUID(), file });
      await em.flush();
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await isThere(sent.path)).toBe(true);

    await save(app, file);

    await untilGone(sent.path);
  });

  it('stays when it breaks the rules of its field', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded('');

    await expect(save(app, FieldFile.fromMulter(sent))).rejects.toThrow(FileValidationError);

    expect(await isThere(sent.path)).toBe(true);
  });

  it('stays when it is not to be moved', async () => {
    const app = await createApp([Doc]);
    const { path } = await uploaded();

    await save(app, FieldFile.fromPath(path));
    await save(app, FieldFile.fromPath(path));

    expect(await isThere(path)).toBe(true);
  });

  it('is gone once it is staged', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded();

    const staged = await app.files.stage(Doc, 'file', FieldFile.fromMulter(sent));

    await untilGone(sent.path);
    await app.em().insertMany(Doc, [{ name: randomUUID(), file: staged }]);
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('is gone once the field of one row has it', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded();
    const em = app.em();
    const doc = em.create(Doc, { name: randomUUID() });
    await em.flush();

    doc.file = FieldFile.fromMulter(sent);
    await em.flush();

    await untilGone(sent.path);
  });

  it('that somebody removed already is no failure', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded();

    const file = await app.em().transactional(async (em) => {
      const doc = em.create(Doc, { name: randomUUID(), file: FieldFile.fromMulter(sent) });
      await em.flush();
      await unlink(sent.path);
      return doc.file;
    });

    expect(await file?.text()).toBe('it is me');
    expect(app.log.filter((line) => line.includes('Cannot remove'))).toEqual([]);
  });

  it('is refused when it is not as long as multer counted', async () => {
    const app = await createApp([Doc]);
    const sent = await uploaded();

    const work = save(app, FieldFile.fromMulter({ ...sent, size: 9 }));

    await expect(work).rejects.toThrow(IntegrityError);
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('a temporary file that several pending files share', () => {
  it('stays until the copy is stored too', async () => {
    const app = await createApp([Doc]);
    const { path } = await uploaded();
    const file = FieldFile.fromPath(path, { move: true, filename: 'one.txt' });
    const copy = file.copy();

    await save(app, file);
    expect(await isThere(path)).toBe(true);
    await save(app, copy);

    await untilGone(path);
    expect(await copy.text()).toBe('it is me');
  });

  it('stays until the original is stored, when its copy was first', async () => {
    const app = await createApp([Doc]);
    const { path } = await uploaded();
    const file = FieldFile.fromPath(path, { move: true, filename: 'one.txt' });

    await save(app, file.copy());
    expect(await isThere(path)).toBe(true);
    await save(app, file);

    await untilGone(path);
  });

  it('goes with a flush that stores all of them', async () => {
    const app = await createApp([Doc]);
    const { path } = await uploaded();
    const file = FieldFile.fromPath(path, { move: true, filename: 'one.txt' });
    const em = app.em();
    em.create(Doc, { name: randomUUID(), file, thumb: file.copy() });

    await em.flush();

    await untilGone(path);
    expect(await app.reclaim()).toEqual(['one.txt', 'one.txt']);
  });

  it.each<[what: string, derive: (file: FieldFile) => FieldFile]>([
    ['renamed', (file) => file.renamed('two.txt')],
    ['given another filename', (file) => file.withFilename('two.txt')],
    ['renamed twice', (file) => file.renamed('one.txt').renamed('two.txt')],
  ])('goes when the file was %s and its original thrown away', async (_what, derive) => {
    const app = await createApp([Doc]);
    const { path } = await uploaded();

    await save(app, derive(FieldFile.fromPath(path, { move: true })));

    await untilGone(path);
    expect(await app.objects()).toEqual(['two.txt']);
  });
});

describe('a source', () => {
  it.each<[what: string, create: (memory: Uint8Array<ArrayBuffer>) => FieldFile]>([
    ['a view of bytes', (memory) => FieldFile.from(memory, { filename: 'a.bin' })],
    ['a buffer', (memory) => FieldFile.from(memory.buffer, { filename: 'a.bin' })],
    ['a stream of it', (memory) => FieldFile.from(Readable.from([memory]), { filename: 'a.bin' })],
  ])('leaves the memory of its caller usable: %s', async (_what, create) => {
    const app = await createApp([Doc]);
    const memory = new Uint8Array(100_000).fill(7);

    const file = await save(app, create(memory));
    memory.fill(8);

    expect(memory).toHaveLength(100_000);
    expect(new Set(await file.bytes())).toEqual(new Set([7]));
  });

  it('leaves the handle of its caller open', async () => {
    const app = await createApp([Doc]);
    const { path } = await uploaded();
    await using handle = await open(path);
    const stream = handle.createReadStream({ autoClose: false, start: 0 });

    const file = await save(app, FieldFile.from(stream, { filename: 'a.txt' }));

    expect(await file.text()).toBe('it is me');
    expect((await handle.stat()).size).toBe(8);
  });

  it('that fails midway fails the flush, and leaves nothing that is not due', async () => {
    const app = await createApp([Doc]);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      throw new Error('the connection is gone');
    }

    const work = save(app, FieldFile.from(failing(), { filename: 'a.bin' }));

    await expect(work).rejects.toThrow('the connection is gone');
    expect(await app.objects()).toEqual([]);
    expect(await app.journal()).toEqual(['a.bin upload due']);
    expect(await app.sql('select * from doc')).toEqual([]);
  });

  it('of a request whose sender went away fails the flush, and leaves nothing that is not due', async () => {
    const app = await createApp([Doc]);

    const work = interrupted(async (request) => {
      await save(app, FieldFile.fromPart(await busboyPart(request)));
    });

    await expect(work).rejects.toThrow('aborted');
    expect(await app.objects()).toEqual([]);
    expect(await app.journal()).toEqual(['me.bin upload due']);
  });

  it('of a form that its parser cut short is refused, and leaves nothing that is not due', async () => {
    const app = await createApp([Doc]);
    const large = new File([new Uint8Array(50_000)], 'large.bin');

    const work = received(large, async (request) => {
      const part = await busboyPart(request, { limits: { fileSize: 20_000 } });
      await save(app, FieldFile.fromPart(part));
    });

    await expect(work).rejects.toMatchObject({
      subject: 'Doc.file',
      issues: [{ validator: 'maxSize' }],
    });
    expect(await app.objects()).toEqual([]);
    expect(await app.journal()).toEqual(['large.bin upload due']);
  });

  it('of a form that arrives while it is flushed is stored whole', async () => {
    const app = await createApp([Doc]);
    const large = new File([new Uint8Array(3_000_000).fill(7)], 'large.bin');

    const file = await received(large, async (request) =>
      save(app, FieldFile.fromPart(await busboyPart(request))),
    );

    expect(file).toMatchObject({ size: 3_000_000, filename: 'large.bin' });
    expect(await file.bytes({ verify: true })).toHaveLength(3_000_000);
  });

  it('that never ends is given up when another file of the flush fails', async () => {
    const app = await createApp([Doc]);
    const endless = new Readable({ read: () => undefined });
    endless.push(Buffer.alloc(100_000));
    const em = app.em();
    em.create(Doc, {
      name: 'a',
      file: FieldFile.from(endless, { filename: 'endless.bin' }),
      thumb: text('empty.txt', ''),
    });

    await expect(em.flush()).rejects.toThrow(FileValidationError);

    expect(endless.destroyed).toBe(true);
    expect(await app.objects()).toEqual([]);
    expect(await app.journal()).toEqual(['empty.txt upload due', 'endless.bin upload due']);
  });
});

describe('the directory of uploads', () => {
  it('is empty after a hundred of them', async () => {
    const app = await createApp([Doc]);
    const directory = await temporaryDirectory();
    const paths = Array.from({ length: 100 }, (_, index) => join(directory, `${index}.txt`));
    await Promise.all(paths.map((path) => writeFile(path, path)));
    const em = app.em();
    const files = paths.map((path) => FieldFile.fromPath(path, { move: true }));
    files.map((file) => em.create(Doc, { name: randomUUID(), file }));

    await em.flush();

    await expect.poll(() => readdir(directory)).toEqual([]);
    expect(await app.objects()).toHaveLength(100);
  });
});
