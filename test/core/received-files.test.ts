import type { IncomingMessage } from 'node:http';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import multipart from '@fastify/multipart';
import fastify, { type FastifyRequest } from 'fastify';
import multer from 'multer';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import {
  FieldFile,
  FileValidationError,
  MemoryStorage,
  type FilePart,
  type MulterFile,
} from '@filefield/core';
import { busboyPart, interrupted, received } from '../support/receive.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const photo = new File(['it is me'], 'Žluťoučký kůň.txt', { type: 'text/plain' });

/** What multer puts into `request.file`. */
async function multerFile(options: multer.Options, request: IncomingMessage): Promise<MulterFile> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const single = multer(options).single('avatar');
  single(request as never, {} as never, (error: unknown) => (error ? reject(error) : resolve(0)));
  await promise;
  return (request as unknown as { file: Express.Multer.File }).file;
}

/** What multer puts into `request.files`, as behind the interceptors of NestJS for several files. */
async function multerFiles(
  upload: ReturnType<multer.Multer['any']>,
  request: IncomingMessage,
): Promise<readonly MulterFile[]> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  upload(request as never, {} as never, (error: unknown) => (error ? reject(error) : resolve(0)));
  await promise;
  const { files } = request as unknown as Pick<Express.Request, 'files'>;
  return Array.isArray(files) ? files : Object.values(files ?? {}).flat();
}

/** What a handler of Fastify made of a form with one file. */
async function withFastify<T>(
  file: File,
  handle: (request: FastifyRequest) => Promise<T>,
  limits: { fileSize?: number } = {},
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(async () => app.close());
  await app.register(multipart, { limits });
  app.post('/', (request) =>
    handle(request)
      .then(resolve, reject)
      .then(() => 'done'),
  );
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const body = new FormData();
  body.set('avatar', file);
  const answer = fetch(url, { method: 'POST', body }).catch(() => undefined);
  const made = await promise;
  await answer;
  return made;
}

describe('a file from multer', () => {
  it('brings its bytes, filename and type from memory storage', async () => {
    const sent = await received(photo, (request) => multerFile({}, request));

    const file = FieldFile.fromMulter(sent);

    expect(file).toMatchObject({ filename: 'Žluťoučký kůň.txt', type: 'text/plain', size: 8 });
    expect(await file.text()).toBe('it is me');
    expect(await file.text()).toBe('it is me');
  });

  it('brings them from disk storage, and leaves the file where it is until it is stored', async () => {
    const dest = await temporaryDirectory();
    const sent = await received(photo, (request) => multerFile({ dest }, request));

    const file = FieldFile.fromMulter(sent);

    expect(file).toMatchObject({ filename: 'Žluťoučký kůň.txt', type: 'text/plain', size: 8 });
    expect(await file.text()).toBe('it is me');
    expect(await readFile(sent.path ?? '', 'utf8')).toBe('it is me');
  });

  it('may be called otherwise', async () => {
    const sent = await received(photo, (request) => multerFile({}, request));

    const file = FieldFile.fromMulter(sent, { filename: 'me.txt', metadata: { by: 7 } });

    expect(file).toMatchObject({ filename: 'me.txt', type: 'text/plain', metadata: { by: 7 } });
  });

  it.each([
    ['FilesInterceptor', multer().array('avatar')],
    ['FileFieldsInterceptor', multer().fields([{ name: 'avatar', maxCount: 1 }])],
    ['AnyFilesInterceptor', multer().any()],
  ])('may be one of several, as NestJS hands them over: %s', async (_what, upload) => {
    const sent = await received(photo, (request) => multerFiles(upload, request));

    const files = sent.map((file) => FieldFile.fromMulter(file));

    expect(files.map(({ filename }) => filename)).toEqual(['Žluťoučký kůň.txt']);
    expect(await files[0]?.text()).toBe('it is me');
  });

  it('leaves the memory of memory storage as it is', async () => {
    const sent = await received(photo, (request) => multerFile({}, request));

    await new MemoryStorage().save('me.txt', FieldFile.fromMulter(sent).stream());

    expect(sent.buffer?.toString()).toBe('it is me');
  });

  it('has the type that @types/multer declares', () => {
    expectTypeOf<Express.Multer.File>().toExtend<MulterFile>();
    expectTypeOf<{ name: string }>().not.toExtend<MulterFile>();
  });

  const disk = {
    originalname: 'me.txt',
    mimetype: 'text/plain',
    size: 8,
    destination: '/uploads',
    filename: 'a1b2',
    path: '/uploads/a1b2',
  };

  it.each<[what: string, value: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', '/etc/passwd'],
    ['a path alone', { path: '/etc/passwd' }],
    ['a web File', photo],
    ['the file of a storage in the cloud', { ...disk, path: undefined, location: 's3://x' }],
    ['a path that is not where multer put the file', { ...disk, path: '/etc/passwd' }],
    ['a path without a directory', { ...disk, destination: undefined }],
    ['a path without a name', { ...disk, filename: undefined }],
    ['a size that is none', { ...disk, size: '8' }],
    ['bytes out of JSON', { ...disk, path: undefined, buffer: { type: 'Buffer', data: [1] } }],
    ['bytes in a string', { ...disk, path: undefined, buffer: 'it is me' }],
    ['no filename', { ...disk, originalname: undefined }],
    ['no type', { ...disk, mimetype: undefined }],
    ['a part of a form', { file: Readable.from(['x']), filename: 'a', mimetype: 'b/c' }],
  ])('is not %s', (_what, value) => {
    const wrong = (): FieldFile => FieldFile.fromMulter(value as never);

    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(/pass request\.file .*, never a value of request\.body$/);
  });

  it.each([
    ['UTF-8 read as Latin-1', 'cafÃ©.txt', 'café.txt'],
    ['Japanese read as Latin-1', 'å\u0086\u0099ç\u009c\u009f.jpg', '写真.jpg'],
    ['plain letters', 'me.txt', 'me.txt'],
    ['UTF-8 that multer was told to read', '写真.jpg', '写真.jpg'],
    ['Latin-1 that is no UTF-8', 'café.txt', 'café.txt'],
    ['a sign beyond Latin-1 beside one of it', 'é–写.txt', 'é–写.txt'],
  ])('keeps the filename that its sender wrote: %s', (_what, originalname, filename) => {
    const sent = { originalname, mimetype: 'a/b', size: 1, buffer: new Uint8Array(1) };

    expect(FieldFile.fromMulter(sent).filename).toBe(filename);
  });
});

describe('a part of a form', () => {
  it('comes from @fastify/multipart', async () => {
    const stored = await withFastify(photo, async (request) => {
      const part = await request.file();
      const file = FieldFile.fromPart(part!);
      return { file, text: await file.text() };
    });

    expect(stored.file).toMatchObject({ filename: 'Žluťoučký kůň.txt', type: 'text/plain' });
    expect(stored.text).toBe('it is me');
  });

  it('comes from the disk where @fastify/multipart put it there, as formidable does', async () => {
    const made = await withFastify(photo, async (request) => {
      const { files } = await request.saveRequestFiles();
      const { filepath, filename } = files[0]!;
      const file = FieldFile.fromPath(filepath, { filename, move: true });
      return { filename: file.filename, text: await file.text() };
    });

    expect(made).toEqual({ filename: 'Žluťoučký kůň.txt', text: 'it is me' });
  });

  it('comes from busboy', async () => {
    const stored = await received(photo, async (request) => {
      const file = FieldFile.fromPart(await busboyPart(request));
      return { file, text: await file.text() };
    });

    expect(stored.file).toMatchObject({ filename: 'Žluťoučký kůň.txt', type: 'text/plain' });
    expect(stored.file.size).toBeUndefined();
    expect(stored.text).toBe('it is me');
  });

  it('may be called otherwise', () => {
    const part = { file: Readable.from(['x']), filename: 'a.txt', mimetype: 'text/plain' };

    const file = FieldFile.fromPart(part, { filename: 'b.txt', type: 'text/csv' });

    expect(file).toMatchObject({ filename: 'b.txt', type: 'text/csv' });
  });

  it('need not have a filename', () => {
    expect(FieldFile.fromPart({ file: Readable.from(['x']) }).filename).toBeUndefined();
  });

  it('takes the streams of Node, of the web, and other iterables of bytes only', () => {
    expectTypeOf<{ file: Readable }>().toExtend<FilePart>();
    expectTypeOf<{ file: ReadableStream<Uint8Array> }>().toExtend<FilePart>();
    expectTypeOf<{ file: string }>().not.toExtend<FilePart>();
    expectTypeOf<{ file: Uint8Array }>().not.toExtend<FilePart>();
  });

  it.each<[what: string, value: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'me.txt'],
    ['a path', { file: '/etc/passwd', filename: 'passwd' }],
    ['bytes out of JSON', { file: { type: 'Buffer', data: [1] }, filename: 'me.txt' }],
    ['the row of a stored file', { storage: 'default', name: 'me.txt', filename: 'me.txt' }],
    ['a file of multer', { originalname: 'me.txt', mimetype: 'a/b', buffer: new Uint8Array(1) }],
  ])('is not %s', (_what, value) => {
    const wrong = (): FieldFile => FieldFile.fromPart(value as never);

    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(/^Cannot read the part: its file is no stream/);
  });
});

describe('a part that its parser cuts short', () => {
  const large = new File([new Uint8Array(50_000)], 'large.bin');

  it('is refused, although its stream ends like any other: busboy', async () => {
    const storage = new MemoryStorage();

    const save = received(large, async (request) => {
      const part = await busboyPart(request, { limits: { fileSize: 20_000 } });
      return storage.save('large.bin', FieldFile.fromPart(part).stream());
    });

    await expect(save).rejects.toThrow(FileValidationError);
    await expect(save).rejects.toMatchObject({ issues: [{ validator: 'maxSize' }] });
    expect(await Array.fromAsync(storage.walk())).toEqual([]);
  });

  it('is refused: @fastify/multipart', async () => {
    const storage = new MemoryStorage();

    const save = withFastify(
      large,
      async (request) =>
        storage.save('large.bin', FieldFile.fromPart((await request.file())!).stream()),
      { fileSize: 20_000 },
    );

    await expect(save).rejects.toThrow(FileValidationError);
    expect(await Array.fromAsync(storage.walk())).toEqual([]);
  });

  it('is refused when only its stream is passed on', async () => {
    const save = received(large, async (request) => {
      const { file } = await busboyPart(request, { limits: { fileSize: 20_000 } });
      return new MemoryStorage().save('large.bin', file);
    });

    await expect(save).rejects.toThrow(
      'Cannot save "large.bin": it is over the size limit of its form, the rest was cut off',
    );
  });
});

describe('a request whose sender goes away', () => {
  it.each<[what: string, open: (request: IncomingMessage) => Promise<FieldFile>]>([
    ['the request itself', async (request) => FieldFile.from(request, { filename: 'me.bin' })],
    ['a part of busboy', async (request) => FieldFile.fromPart(await busboyPart(request))],
  ])('fails while it is stored, and nothing stays: %s', async (_what, open) => {
    const storage = new MemoryStorage();

    const save = interrupted(async (request) =>
      storage.save('me.bin', (await open(request)).stream()),
    );

    await expect(save).rejects.toThrow(/abort/);
    expect(await Array.fromAsync(storage.walk())).toEqual([]);
  });

  it('does not end the process when nobody reads it yet, and fails when it is read', async () => {
    const file = await interrupted(async (request) => {
      const pending = FieldFile.fromPart(await busboyPart(request));
      await new Promise((resolve) => void request.once('close', resolve));
      await turn();
      return pending;
    });

    await expect(file.bytes()).rejects.toThrow('aborted');
  });

  it('fails when it was over before the reading began', async () => {
    const stream = new Readable({ read: () => undefined });
    const file = FieldFile.from(stream, { filename: 'me.bin' });
    stream.destroy();
    await turn();

    await expect(file.bytes()).rejects.toThrow(
      'Cannot read the source: its stream was closed before anybody read it',
    );
  });
});
