import {
  extensions,
  FieldFile,
  FileValidationError,
  MemoryStorage,
  type FileFacts,
  type FileValidator,
} from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';
import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp, text, type App } from './support.ts';

const asked: FileFacts[] = [];

function noCats({ head }: FileFacts): string | undefined {
  return Buffer.from(head).includes('cat') ? 'Cats are not allowed.' : undefined;
}

async function scanned(file: FileFacts): Promise<string | undefined> {
  asked.push(file);
  await new Promise(setImmediate);
  if (file.filename === 'crash.txt') throw new Error('the scanner is down');
  return Buffer.from(file.head).includes('virus') ? 'The scanner found a virus.' : undefined;
}

const validators: FileValidator[] = [
  noCats,
  scanned,
  extensions(['txt', 'png']),
  z.object({ filename: z.string().max(20, 'A shorter filename, please.') }),
  v.looseObject({ type: v.pipe(v.string(), v.notValue('text/html', 'No pages.')) }),
];

const Post = defineEntity({
  name: 'Post',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ accept: ['text/*', '.png'], maxSize: 1000, validators }).nullable(),
    plain: fileField({ storage: 'other', allowEmpty: true }).nullable(),
    named: fileField({ column: 'name', uploadTo: 'n/', maxLength: 40, maxSize: 1000 }).nullable(),
    strict: fileField({ storage: 'other', maxSize: 1000, validators: [scanned] }).nullable(),
  }),
});
type Post = InferEntity<typeof Post>;

beforeEach(() => void asked.splice(0));

type Save = (app: App, file: FieldFile) => Promise<unknown>;

const ways: [way: string, save: Save][] = [
  [
    'a flush',
    async (app, file) => {
      const em = app.em();
      em.create(Post, { file });
      await em.flush();
    },
  ],
  [
    'a flush in a transaction',
    async (app, file) => app.em().transactional(async (em) => void em.create(Post, { file })),
  ],
  ['files.stage()', async (app, file) => app.files.stage(Post, 'file', file)],
  [
    'files.field().save()',
    async (app, file) => {
      const em = app.em();
      const post = em.create(Post, {});
      await em.flush();
      await app.files.field(post, 'file').save(file.filename ?? '', await file.bytes());
    },
  ],
];

/** The issues that a file was refused for. */
async function issuesOf(work: Promise<unknown>): Promise<string[]> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof FileValidationError)) throw error;
  return error.issues.map(({ validator, message }) => `${validator}: ${message}`);
}

describe.each(ways)('the rules of a field, through %s,', (_way, save) => {
  it('let a good file in, asked once', async () => {
    const app = await createApp([Post]);

    await save(app, text('me.txt', 'it is me'));

    expect(await app.objects()).toEqual(['me.txt']);
    expect(asked).toEqual([
      {
        filename: 'me.txt',
        type: 'text/plain',
        size: 8,
        head: new Uint8Array(Buffer.from('it is me')),
      },
    ]);
  });

  it('refuse a file with everything that is wrong, in words for a form', async () => {
    const app = await createApp([Post]);
    const file = text('a-rather-long-name.html', `<html>cat, virus${'!'.repeat(1000)}`);

    expect(await issuesOf(save(app, file))).toEqual([
      'maxSize: 1016 bytes is over the limit of 1000 bytes',
      'noCats: Cats are not allowed.',
      'scanned: The scanner found a virus.',
      'extensions: File extension “html” is not allowed. Allowed extensions are: txt, png.',
      'zod: A shorter filename, please.',
      'valibot: No pages.',
    ]);
  });

  it('store nothing of a refused file, and leave nothing that is not due', async () => {
    const app = await createApp([Post]);

    await issuesOf(save(app, text('cat.txt', 'cat')));

    expect(await app.objects()).toEqual([]);
    expect(await app.journal()).toEqual(['cat.txt upload due']);
    expect(await app.sql('select id from post where file is not null')).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
    expect(await app.journal()).toEqual([]);
  });

  it('store nothing when a validator fails, and throw its error', async () => {
    const app = await createApp([Post]);

    await expect(save(app, text('crash.txt'))).rejects.toThrow('the scanner is down');

    expect(await app.objects()).toEqual([]);
    expect(await app.journal()).toEqual(['crash.txt upload due']);
  });
});

describe('a file of a field with rules', () => {
  it('is refused by its bytes, whatever it is called and declared to be', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const page = { filename: 'me.png', type: 'image/png' };
    em.create(Post, { file: FieldFile.from('<!doctype html><script>', page) });

    expect(await issuesOf(em.flush())).toEqual(['valibot: No pages.']);
  });

  it('is refused when it is empty, unless the field allows it', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const post = em.create(Post, { plain: text('empty.txt', '') });
    await em.flush();
    expect(post.plain).toMatchObject({ size: 0, isPending: false });

    post.file = text('empty.txt', '');

    expect(await issuesOf(em.flush())).toEqual(['allowEmpty: the file is empty']);
  });

  it('is refused with everything that is wrong when its stream is too long', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const source = new Blob(['x'.repeat(5000)]).stream();
    em.create(Post, { file: FieldFile.from(source, { filename: 'long.exe' }) });

    expect(await issuesOf(em.flush())).toEqual([
      'maxSize: the file is over the limit of 1 kB',
      'accept: application/octet-stream is not accepted here, choose text/*, .png',
      'extensions: File extension “exe” is not allowed. Allowed extensions are: txt, png.',
    ]);
    expect(asked.map(({ size }) => size)).toEqual([undefined]);
    expect(await app.objects()).toEqual([]);
    expect(await app.journal()).toEqual(['long.exe upload due']);
  });

  it('is shown with its size where a short stream ended within its head', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const source = new Blob(['short']).stream();
    em.create(Post, { file: FieldFile.from(source, { filename: 'short.txt' }) });

    await em.flush();

    expect(asked.map(({ size }) => size)).toEqual([5]);
  });

  it('keeps the message that names the field, for the log', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    em.create(Post, { file: text('cat.txt', 'cat') });

    await expect(em.flush()).rejects.toThrow(/^Cannot save Post\.file: Cats are not allowed\.$/);
  });

  it('may be tried again with another file', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const post = em.create(Post, {});
    await em.flush();
    post.file = text('cat.txt', 'cat');
    await issuesOf(em.flush());

    post.file = text('dog.txt', 'dog');
    await em.flush();

    expect(await app.reclaim()).toEqual(['dog.txt']);
  });

  it('has a name that is cut to the maxLength of its column', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const post = em.create(Post, { named: text(`${'x'.repeat(100)}.tar.gz`, 'x') });

    await em.flush();

    expect(post.named?.name).toMatch(/^n\/x+_[0-9a-z]{22}\.tar\.gz$/);
    expect(post.named?.name).toHaveLength(40);
  });

  it('of one row does not keep the others of a flush from being tried again', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const [good, bad] = [em.create(Post, {}), em.create(Post, {})];
    await em.flush();
    good.file = text('good.txt');
    bad.file = text('cat.txt', 'cat');
    await issuesOf(em.flush());

    bad.file = null;
    await em.flush();

    expect(good.file.isPending).toBe(false);
    expect(await app.reclaim()).toEqual(['good.txt']);
  });
});

describe('the copy of a stored file', () => {
  /** A row with a file in a field without rules. */
  async function stored(app: App, file: FieldFile): Promise<FieldFile> {
    const em = app.em();
    const post = em.create(Post, { plain: file });
    await em.flush();
    return post.plain!;
  }

  it.each<[what: string, property: 'file' | 'strict']>([
    ['another storage', 'file'],
    ['the same storage', 'strict'],
  ])('is shown to the validators of its field once: %s', async (_what, property) => {
    const app = await createApp([Post]);
    const original = await stored(app, text('me.txt', 'it is me'));
    const em = app.em();
    em.create(Post, { [property]: original.copy() });

    await em.flush();

    expect(asked).toEqual([
      {
        filename: 'me.txt',
        type: 'text/plain',
        size: 8,
        head: new Uint8Array(Buffer.from('it is me')),
      },
    ]);
  });

  it.each<[what: string, property: 'file' | 'strict', file: FieldFile, issues: string[]]>([
    [
      'too large, in another storage',
      'file',
      text('a.txt', 'x'.repeat(2000)),
      ['maxSize: 2 kB is over the limit of 1 kB'],
    ],
    [
      'too large, in the same storage',
      'strict',
      text('a.txt', 'x'.repeat(2000)),
      ['maxSize: 2 kB is over the limit of 1 kB'],
    ],
    ['empty, in another storage', 'file', text('a.txt', ''), ['allowEmpty: the file is empty']],
    ['empty, in the same storage', 'strict', text('a.txt', ''), ['allowEmpty: the file is empty']],
    [
      'infected, in the same storage',
      'strict',
      text('a.txt', 'virus'),
      ['scanned: The scanner found a virus.'],
    ],
  ])(
    'is refused when it breaks the rules of its field: %s',
    async (_what, property, file, issues) => {
      const app = await createApp([Post]);
      const original = await stored(app, file);
      const em = app.em();
      em.create(Post, { [property]: original.copy() });

      expect(await issuesOf(em.flush())).toEqual(issues);
      expect(await app.objects()).toEqual(['a.txt']);
      expect(await app.journal()).toEqual(['a.txt copy due']);
    },
  );

  it('is refused by a size that only the storage knows, where the column holds names', async () => {
    const shared = new MemoryStorage();
    const app = await createApp([Post], { default: shared });
    await shared.save('n/large.txt', 'x'.repeat(2000));
    await app.sql(`insert into post (named) values ('n/large.txt')`);
    const em = app.em();
    const post = await em.findOneOrFail(Post, { id: 1 });

    em.create(Post, { named: post.named!.copy() });

    expect(await issuesOf(em.flush())).toEqual(['maxSize: 2 kB is over the limit of 1 kB']);
  });
});

describe('a file that was staged for another field', () => {
  it('is refused when it breaks the rules of the field that takes it', async () => {
    const app = await createApp([Post]);
    const staged = await app.files.stage(Post, 'plain', text('a.txt', 'virus'.repeat(400)));
    const em = app.em();
    em.create(Post, { strict: staged });

    expect(await issuesOf(em.flush())).toEqual([
      'maxSize: 2 kB is over the limit of 1 kB',
      'scanned: The scanner found a virus.',
    ]);
    expect(await app.sql('select id from post')).toEqual([]);
  });

  it('is copied when it keeps them, and reclaimed itself', async () => {
    const app = await createApp([Post]);
    const staged = await app.files.stage(Post, 'plain', text('a.txt', 'it is me'));
    const em = app.em();
    const post = em.create(Post, { strict: staged });

    await em.flush();

    expect(post.strict!.name).not.toBe(staged.name);
    expect(await app.journal()).toEqual(['a.txt upload later']);
    expect(await app.reclaim()).toEqual(['a.txt']);
    expect(await post.strict!.text({ verify: true })).toBe('it is me');
  });
});

describe('a rename', () => {
  it('is refused when the new filename breaks a rule', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const post = em.create(Post, { file: text('me.txt', 'it is me') });
    await em.flush();

    post.file = post.file!.renamed('me.exe');

    expect(await issuesOf(em.flush())).toEqual([
      'accept: application/octet-stream is not accepted here, choose text/*, .png',
      'extensions: File extension “exe” is not allowed. Allowed extensions are: txt, png.',
    ]);
  });

  it('keeps bytes that were let in when the rules of size were others', async () => {
    const app = await createApp([Post]);
    const em = app.em();
    const post = em.create(Post, { strict: text('me.txt', 'x'.repeat(1000)) });
    await em.flush();
    await app.sql(`update post set strict = jsonb_set(strict, '{size}', '2000')`);
    em.clear();
    const again = await em.findOneOrFail(Post, { id: post.id });

    again.strict = again.strict!.renamed('you.txt');
    await em.flush();

    expect(again.strict.filename).toBe('you.txt');
  });
});
