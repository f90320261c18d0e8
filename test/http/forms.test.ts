import { setImmediate as turn } from 'node:timers/promises';
import { FieldFile, FileValidationError, MemoryStorage, type StoredFile } from '@filefield/core';
import { FormError, formParts, readForm, type FormFile, type FormLimits } from '@filefield/http';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { end, field, file, formRequest, part } from './form-body.ts';

/** Reads a form into memory: fields as pairs, files as filename, type and text. */
async function read(request: Request, limits?: FormLimits): Promise<object[]> {
  const found: object[] = [];
  for await (const one of formParts(request, { limits })) {
    found.push(
      one.kind === 'field'
        ? { [one.name]: one.value }
        : { [one.name]: [one.filename, one.mimetype, await textOf(one.file)] },
    );
  }
  return found;
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(bytes)).toString();
}

/** Stores every file of a form; what is stored afterwards. */
async function store(request: Request, storage: MemoryStorage, limits?: FormLimits): Promise<void> {
  for await (const one of formParts(request, { limits })) {
    if (one.kind === 'file') await storage.save(`${one.name}.bin`, one.file);
  }
}

/** Reads no further than the first chunk. */
async function firstChunk({ file: bytes }: FormFile): Promise<Uint8Array | undefined> {
  for await (const chunk of bytes) return chunk;
  return undefined;
}

describe('a form', () => {
  it('is given part by part, in its order', async () => {
    const body = field('name', 'Ada') + file('avatar', 'me.txt', 'hello') + field('tag', 'x') + end;

    expect(await read(formRequest(body))).toEqual([
      { name: 'Ada' },
      { avatar: ['me.txt', 'text/plain', 'hello'] },
      { tag: 'x' },
    ]);
  });

  it.each([1, 2, 3, 7, 64, 100_000])('is the same in chunks of %i bytes', async (chunk) => {
    const body =
      field('a', 'é\r\n--y') +
      file('f', 'ü.txt', '\r\n--\r\n--y-\r'.repeat(20)) +
      field('b', '') +
      end;

    expect(await read(formRequest(body, { chunk }))).toEqual([
      { a: 'é\r\n--y' },
      { f: ['ü.txt', 'text/plain', '\r\n--\r\n--y-\r'.repeat(20)] },
      { b: '' },
    ]);
  });

  it('is what FormData sends', async () => {
    const body = new FormData();
    body.append('name', 'Ada');
    body.append('name', 'Grace');
    body.append('f', new File(['hello'], 'a "b" <script>.txt', { type: 'text/plain' }));

    expect(await read(new Request('https://site.test/', { method: 'POST', body }))).toEqual([
      { name: 'Ada' },
      { name: 'Grace' },
      { f: ['a "b" <script>.txt', 'text/plain', 'hello'] },
    ]);
  });

  it.each<[string, string, object[]]>([
    ['nothing', end, []],
    ['a preamble and an epilogue', `hello\r\n${field('a', '1')}${end}bye`, [{ a: '1' }]],
    ['the same field twice', field('a', '1') + field('a', '2') + end, [{ a: '1' }, { a: '2' }]],
    ['an input in which no file was chosen', file('f', '', '') + end, []],
    ['a file called ..', file('f', '..', 'x') + end, []],
    ['a file called /', file('f', 'a/', 'x') + end, []],
    [
      'a path of Windows',
      file('f', 'C:\\fake\\a.txt', '1') + end,
      [{ f: ['a.txt', 'text/plain', '1'] }],
    ],
    ['a path', file('f', '../../etc/passwd', '1') + end, [{ f: ['passwd', 'text/plain', '1'] }]],
    ['an empty file', file('f', 'a.txt', '') + end, [{ f: ['a.txt', 'text/plain', ''] }]],
    [
      'a quote as browsers escape it',
      file('f', 'a%22b.txt', '') + end,
      [{ f: ['a"b.txt', 'text/plain', ''] }],
    ],
    [
      'a quote as curl escapes it',
      file('f', 'a\\"b.txt', '') + end,
      [{ f: ['a"b.txt', 'text/plain', ''] }],
    ],
    [
      'names of objects',
      field('__proto__', 'x') + field('constructor', 'y') + end,
      [JSON.parse('{"__proto__":"x"}'), { constructor: 'y' }],
    ],
    [
      'fields in brackets',
      field('a[b]', '1') + field('a.c', '2') + end,
      [{ 'a[b]': '1' }, { 'a.c': '2' }],
    ],
    [
      'a field in Latin-1 that says so',
      part(
        'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=iso-8859-1',
        'é',
      ) + end,
      [{ a: 'Ã©' }],
    ],
    [
      'a part that is no form data',
      part('Content-Disposition: attachment; name="a"', 'x') + end,
      [],
    ],
    ['a part without headers', `--x\r\n\r\nx\r\n${end}`, []],
    [
      'a part of parts',
      part(
        'Content-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=y',
        '--y--',
      ) + end,
      [{ a: '--y--' }],
    ],
  ])('may hold %s', async (_, body, parts) => {
    expect(await read(formRequest(body))).toEqual(parts);
  });

  it.each<[string, string, 400 | 413 | 415, string]>([
    ['nothing at all', '', 400, 'cut off'],
    ['another boundary', field('a', '1').replaceAll('--x', '--y'), 400, 'cut off'],
    ['no end', field('a', '1'), 400, 'cut off'],
    ['the half of an end', `${field('a', '1')}--x-`, 400, 'cut off'],
    ['an end within the headers', '--x\r\nContent-Disposition: form-data; na', 400, 'cut off'],
    [
      'an end within a field',
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n12',
      400,
      'cut off',
    ],
    ['an end within a file', file('f', 'a.txt', 'hello').slice(0, -4), 400, 'cut off'],
    ['an end behind a file', file('f', 'a.txt', 'hello'), 400, 'cut off'],
    ['a part without name', part('Content-Disposition: form-data', '1') + end, 400, 'no name'],
    [
      'a file without name',
      part('Content-Disposition: form-data; filename="a"', '1') + end,
      400,
      'no name',
    ],
    ['an empty name', field('', '1') + end, 400, 'no name'],
    ['a name without end', field('n'.repeat(1001), '1') + end, 400, 'longer than 1000'],
    [
      'a name longer than any header',
      field('n'.repeat(100_000), '1') + end,
      400,
      'longer than 1000',
    ],
    [
      'a field in base64',
      part(
        'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64',
        'eA==',
      ) + end,
      415,
      'encoding',
    ],
    [
      'a file in quoted-printable',
      part(
        'Content-Disposition: form-data; name="a"; filename="a"\r\nContent-Transfer-Encoding: Quoted-Printable',
        'eA==',
      ) + end,
      415,
      'encoding',
    ],
    ['101 fields', field('a', '1').repeat(101) + end, 413, 'more than 100 fields'],
    ['11 files', file('f', 'a', '1').repeat(11) + end, 413, 'more than 10 files'],
    ['parts without end', part('X-A: b', '').repeat(200) + end, 413, 'too many parts'],
    [
      'inputs without file and without end',
      file('f', '', '').repeat(200) + end,
      413,
      'too many parts',
    ],
    [
      'a field over a mebibyte',
      field('a', 'x'.repeat(1024 * 1024 + 1)) + end,
      413,
      '1048576 bytes',
    ],
    [
      'fields over a mebibyte together',
      field('a', 'x'.repeat(600_000)).repeat(2) + end,
      413,
      '1048576 bytes',
    ],
  ])('is refused with %s', async (_, body, status, message) => {
    const reading = read(formRequest(body));

    await expect(reading).rejects.toThrow(FormError);
    await expect(reading).rejects.toMatchObject({ code: 'FORM', status });
    await expect(reading).rejects.toThrow(message);
  });

  it.each<[string, string, 400 | 415]>([
    ['no boundary', 'multipart/form-data', 400],
    ['an empty boundary', 'multipart/form-data; boundary=', 400],
    ['an empty boundary in quotes', 'multipart/form-data; boundary=""', 400],
    ['a boundary of 71 characters', `multipart/form-data; boundary=${'x'.repeat(71)}`, 400],
    ['fields of another kind', 'application/x-www-form-urlencoded', 415],
    ['JSON', 'application/json', 415],
    ['another multipart', 'multipart/mixed; boundary=x', 415],
    ['what only begins like a form', 'multipart/form-data-not; boundary=x', 415],
    ['no type', '', 415],
  ])('is refused with a Content-Type that names %s', async (_, type, status) => {
    await expect(read(formRequest(field('a', '1') + end, { type }))).rejects.toMatchObject({
      status,
    });
  });

  it.each<[string, FormLimits, string]>([
    ['fields', { fields: 1 }, 'more than 1 fields'],
    ['bytes of fields', { fieldBytes: 5 }, 'over the limit of 5 bytes'],
    ['files', { files: 1 }, 'more than 1 files'],
    [
      'bytes of a file',
      { fileBytes: 4 },
      'Cannot read "f" of the form: the file is over the limit of 4 bytes',
    ],
    ['bytes', { bytes: 50 }, 'the body is over the limit of 50 bytes'],
  ])('keeps the limit of its %s', async (_, limits, message) => {
    const body = field('a', '1').repeat(3) + file('f', 'a', 'hello').repeat(2) + end;

    await expect(read(formRequest(body), limits)).rejects.toThrow(message);
  });

  it('is not read at all when its length is over the limit', async () => {
    const request = formRequest(end);
    request.headers.set('Content-Length', '51');

    await expect(read(request, { bytes: 50 })).rejects.toMatchObject({ status: 413 });
    expect(request.bodyUsed).toBe(false);
  });

  it('is refused where the body was read before', async () => {
    const request = formRequest(end);
    await request.text();

    await expect(read(request)).rejects.toThrow(TypeError);
  });

  it('is refused without a body', async () => {
    const request = new Request('https://site.test/', {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
    });

    await expect(read(request)).rejects.toMatchObject({ status: 400 });
  });
});

describe('a file of a form', () => {
  it.each<[string, string]>([
    ['is cut off', file('f', 'a', 'x'.repeat(100_000)).slice(0, -4)],
    ['is cut off where it could have ended', file('f', 'a', 'x'.repeat(100_000)).slice(0, -2)],
    ['is cut off in its boundary', `${file('f', 'a', 'x'.repeat(100_000))}--`],
    ['is over its limit', file('f', 'a', 'x'.repeat(200_001)) + end],
    ['is small and cut off', file('f', 'a', 'x').slice(0, -2)],
  ])('is never stored when it %s', async (_, body) => {
    const storage = new MemoryStorage();

    await expect(
      store(formRequest(body, { chunk: 10_000 }), storage, { fileBytes: 200_000 }),
    ).rejects.toThrow(FormError);
    expect(await Array.fromAsync(storage.walk())).toEqual([]);
  });

  it('of exactly its limit is stored', async () => {
    const storage = new MemoryStorage();

    await store(formRequest(file('f', 'a', 'x'.repeat(5)) + end), storage, { fileBytes: 5 });

    expect(await storage.size('f.bin')).toBe(5);
  });

  it('arrives no faster than it is read', async () => {
    let sent = 0;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(file('f', 'a', '').slice(0, -2));
      for (; sent < 1000; sent += 1) yield new Uint8Array(64 * 1024);
    };
    const request = new Request('https://site.test/', {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: ReadableStream.from(body()),
      duplex: 'half',
    });

    const parts = formParts(request);
    await parts.next();
    await Array.fromAsync({ length: 100 }, async () => turn());

    expect(sent).toBeLessThan(10);
    await parts.return(undefined);
  });

  it('that nobody reads is passed over', async () => {
    const body = file('f', 'a', 'x'.repeat(500_000)) + field('a', '1') + end;

    const names = await Array.fromAsync(formParts(formRequest(body)), ({ name }) => name);

    expect(names).toEqual(['f', 'a']);
  });

  it('that is read only in part is passed over', async () => {
    const body = file('f', 'a', 'x'.repeat(500_000)) + field('a', '1') + end;
    const parts = formParts(formRequest(body));
    const { value } = await parts.next();

    await firstChunk(value as FormFile);

    expect(await parts.next()).toMatchObject({ value: { name: 'a', value: '1' } });
  });

  it('cannot be read twice, nor when the form has gone on', async () => {
    const parts = formParts(formRequest(file('f', 'a', 'x') + file('g', 'b', 'y') + end));
    const first = (await parts.next()).value as FormFile;
    await textOf(first.file);

    await expect(textOf(first.file)).rejects.toThrow('its bytes pass once');
    const second = (await parts.next()).value as FormFile;
    await parts.next();
    await expect(textOf(second.file)).rejects.toThrow('store it before you ask for the next part');
  });

  it('that is still being read holds up the next part', async () => {
    const body = file('f', 'a', 'x'.repeat(300_000)) + file('g', 'b', 'y') + end;
    const parts = formParts(formRequest(body));
    const first = (await parts.next()).value as FormFile;

    const [read] = await Promise.all([textOf(first.file), parts.next()]);

    expect(read).toHaveLength(300_000);
  });

  it('fails with the form when its sender goes away', async () => {
    const gone = new Error('ECONNRESET');
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(file('f', 'a', 'x'.repeat(1000)).slice(0, -2));
      throw gone;
    };
    const request = new Request('https://site.test/', {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: ReadableStream.from(body()),
      duplex: 'half',
    });
    const storage = new MemoryStorage();

    await expect(store(request, storage)).rejects.toMatchObject({ status: 400, cause: gone });
    expect(await Array.fromAsync(storage.walk())).toEqual([]);
  });

  it('fails when the request is aborted while it hangs', async () => {
    const controller = new AbortController();
    const request = new Request('https://site.test/', {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: new ReadableStream<Uint8Array>({
        start: (stream) =>
          stream.enqueue(Buffer.from(file('f', 'a', 'x'.repeat(1000)).slice(0, -2))),
      }),
      duplex: 'half',
      signal: controller.signal,
    });
    const parts = formParts(request);
    const { value } = await parts.next();

    const reading = textOf((value as FormFile).file);
    controller.abort();

    await expect(reading).rejects.toMatchObject({ code: 'FORM', status: 400 });
  });

  it('is refused by the rules of whoever stores it, which ends the form', async () => {
    const storage = new MemoryStorage();
    const request = formRequest(file('f', 'a.txt', 'x'.repeat(500_000)) + end);

    const reading = readForm(request, {
      files: { f: async (one) => storage.save('a.txt', one.file, { maxSize: 1000 }) },
    });

    await expect(reading).rejects.toThrow(FileValidationError);
    expect(await Array.fromAsync(storage.walk())).toEqual([]);
  });
});

describe('readForm()', () => {
  const body =
    field('name', 'Ada') +
    file('avatar', 'Grüße.txt', 'hello') +
    field('tag', 'a') +
    field('tag', 'b') +
    file('photos', '1.txt', 'one') +
    file('photos', '2.txt', 'two') +
    end;

  it('stores each file while it arrives, and answers fields and what became of the files', async () => {
    const storage = new MemoryStorage();
    const keep = async ({ name, file: source }: FormFile): Promise<StoredFile> =>
      storage.save(`${name}.txt`, source);

    const { fields, files } = await readForm(formRequest(body), {
      files: { avatar: keep, photos: keep, none: async () => 1 },
    });

    expect(fields.get('name')).toBe('Ada');
    expect(fields.getAll('tag')).toEqual(['a', 'b']);
    expect(files).toMatchObject({ avatar: [{ name: 'avatar.txt', size: 5 }], none: [] });
    expect(files.photos).toHaveLength(2);
    expectTypeOf(files.avatar).toEqualTypeOf<readonly StoredFile[]>();
    expectTypeOf(files.none).toEqualTypeOf<readonly number[]>();
  });

  it('gives what FieldFile.fromPart() takes, and the fields so far', async () => {
    const { files } = await readForm(formRequest(body), {
      files: {
        avatar: async (one, fields) => {
          const made = FieldFile.fromPart(one);
          return [
            made.filename,
            made.type,
            await made.text(),
            fields.get('name'),
            fields.get('tag'),
          ];
        },
        photos: async () => undefined,
      },
    });

    expect(files.avatar).toEqual([['Grüße.txt', 'text/plain', 'hello', 'Ada', null]]);
  });

  it('refuses a file that nobody takes', async () => {
    await expect(readForm(formRequest(body))).rejects.toThrow(
      'Cannot read "avatar" of the form: no file is wanted here',
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'refuses a file of the field %s',
    async (name) => {
      const request = formRequest(file(name, 'a', 'x') + end);

      await expect(readForm(request, { files: { avatar: async () => 1 } })).rejects.toThrow(
        FormError,
      );
    },
  );

  it('fails with a pending file that was not stored in time, instead of an empty one', async () => {
    const { files } = await readForm(formRequest(body), {
      files: {
        avatar: async (one) => FieldFile.fromPart(one),
        photos: async () => undefined,
      },
    });

    await expect(files.avatar[0]?.text()).rejects.toThrow('its bytes pass once');
  });
});
