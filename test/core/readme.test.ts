import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import {
  FieldFile,
  FileFieldError,
  FileSystemStorage,
  MemoryStorage,
  defineStorages,
  type AnyFileFieldError,
} from '@filefield/core';

describe('the README of @filefield/core shows how to', () => {
  it('use a storage', async () => {
    const location = await temporaryDirectory();

    // #region storage
    const storage = new FileSystemStorage({ location });

    const { name, size, sha256 } = await storage.save('letters/hello.txt', 'Hello, world');
    const again = await storage.save('letters/hello.txt', 'Hello, moon'); // another name
    const stream = await storage.open(name, { start: 7 });
    const text = await new Response(stream).text(); // 'world'
    const { directories, files } = await storage.list('letters');
    await storage.copy(name, 'archive/hello.txt');
    await storage.delete(name); // a missing object is no error
    const isThere = await storage.exists(name); // false
    // #endregion

    expect({ name, size, text, directories, isThere }).toEqual({
      name: 'letters/hello.txt',
      size: 12,
      text: 'world',
      directories: [],
      isThere: false,
    });
    expect(again.name).toMatch(/^letters\/hello_\w+\.txt$/);
    expect(sha256).toMatch(/^4ae7c3b6ac0beff671efa8cf57386151c06e58ca53a78d83f36107316cec125f$/);
    expect(files).toHaveLength(2);
  });

  it('name storages', async () => {
    const media = await temporaryDirectory();

    // #region registry
    const storages = defineStorages({
      public: () =>
        new FileSystemStorage({
          location: join(media, 'public'),
          baseUrl: 'https://media.example.com/',
          visibility: 'public',
        }),
      private: () =>
        new FileSystemStorage({
          location: join(media, 'private'),
          baseUrl: '/media/private/',
          keys: ['at least 32 characters that nobody knows'],
        }),
    });

    const url = storages.get('public').url('photos/lighthouse.png');
    const signed = storages.get('private').url('letters/hello.txt', { expiresIn: 600 });
    // #endregion

    expect(url).toBe('https://media.example.com/photos/lighthouse.png');
    expect(signed).toMatch(/^\/media\/private\/letters\/hello\.txt\?expires=\d+&signature=[\w-]+$/);
  });

  it('put another storage in place for a test', async () => {
    const storages = defineStorages({ default: () => new MemoryStorage() });

    // #region override
    const restore = storages.override({ default: new MemoryStorage() });
    await storages.get('default').save('a.txt', 'only here');
    restore(); // `using restore = …` does it at the end of the block
    // #endregion

    expect(await storages.get('default').exists('a.txt')).toBe(false);
  });

  it('make a file of anything', async () => {
    const response = new Response('from the web');
    const directory = await temporaryDirectory();

    // #region sources
    FieldFile.from('text', { filename: 'note.txt' });
    FieldFile.from(new Uint8Array([1, 2, 3]), { filename: 'data.bin' });
    FieldFile.from(new File(['a web File brings its name'], 'me.txt'));
    FieldFile.from(response.body!, { filename: 'page.html' }); // read once
    FieldFile.from(() => lines(), { filename: 'lines.txt' }); // can be read again
    FieldFile.fromPath(join(directory, 'scan.pdf'), { move: true }); // gone once it is stored
    // #endregion

    expect(() => FieldFile.from({ name: '../x' } as never)).toThrow(TypeError);
  });

  it('take what a form sends', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a1b2'), 'scanned');
    const request = {
      file: {
        originalname: 'scan.pdf',
        mimetype: 'application/pdf',
        size: 7,
        destination: directory,
        filename: 'a1b2',
        path: join(directory, 'a1b2'),
      },
    };
    const part = { file: Readable.from(['scanned']), filename: 'scan.pdf', mimetype: 'a/b' };
    const stream = Readable.from(['scanned']);
    const info = { filename: 'scan.pdf', encoding: '7bit', mimeType: 'application/pdf' };

    // #region received
    FieldFile.fromMulter(request.file); // Express, NestJS: memory or disk storage
    FieldFile.fromPart(part); // Fastify: part = await request.file()
    FieldFile.fromPart({ file: stream, ...info }); // busboy: on('file', (name, stream, info) => …)
    // #endregion

    expect(await FieldFile.fromMulter(request.file).text()).toBe('scanned');
  });

  it('write an object piece by piece', async () => {
    const storage = new MemoryStorage();

    // #region writing
    const stream = storage.createWriteStream('logs/today.txt');
    const writer = stream.getWriter();
    await writer.write(new TextEncoder().encode('one line\n'));
    await writer.close(); // stored now; writer.abort() leaves nothing
    const { name, size } = await stream.stored;
    // #endregion

    expect(size).toBe(9);
    expect(await storage.exists(name)).toBe(true);
  });

  it('read a file', async () => {
    const file = FieldFile.from('{\n"light": true\n}', { filename: 'lamp.json' });
    const path = join(await temporaryDirectory(), 'lamp.json');
    const sizes: number[] = [];
    const found: string[] = [];

    // #region reading
    for await (const chunk of file.chunks(8)) sizes.push(chunk.length); // 8, 8, …, rest
    for await (const line of file.lines()) found.push(line);
    const bytes = await file.bytes();
    const text = await file.text();
    const value = await file.json();
    const part = await new Response(file.stream({ start: 2, end: 9 })).text(); // end is left out
    await file.saveTo(path);
    // #endregion

    expect({ sizes, found, part, value }).toEqual({
      sizes: [8, 8, 1],
      found: ['{', '"light": true', '}'],
      part: '"light"',
      value: { light: true },
    });
    expect(new TextDecoder().decode(bytes)).toBe(text);
  });

  it('tell errors apart', async () => {
    const storage = new MemoryStorage();

    // #region errors
    const statuses: Record<string, number> = {
      FILE_NOT_FOUND: 404,
      FILE_CHANGED: 409,
      FILE_VALIDATION: 422,
      INVALID_NAME: 422,
    } satisfies Partial<Record<AnyFileFieldError['code'], number>>;

    function status(error: unknown): number {
      return error instanceof FileFieldError ? (statuses[error.code] ?? 500) : 500;
    }
    // #endregion

    expect(status(await storage.open('gone.txt').catch((error: unknown) => error))).toBe(404);
    expect(status(await storage.open('../gone.txt').catch((error: unknown) => error))).toBe(422);
  });
});

async function* lines(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('a line\n');
}
