import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FileValidationError, StorageOptionsError } from '@filefield/core';
import { sharpEngine, type SharpEngineOptions } from '@filefield/core/sharp';
import sharp from 'sharp';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { gif, heif, losslessWebp, zip } from '../support/image-bytes.ts';
import { childrenOf, stillAlive } from '../support/children-of.ts';
import { claimingPng, phonePhoto } from '../support/photographs.ts';
import { inPieces, madeOf, request } from './rendering.ts';

const run = promisify(execFile);
const engine = sharpEngine({ concurrency: 2 });
afterAll(async () => engine.close());

const photo = await phonePhoto(6);

describe('the engine refuses', () => {
  it.each([
    ['a PNG that claims 3,600 megapixels', claimingPng(60_000, 60_000), /3600 megapixels, over/],
    ['a GIF that claims 4,295 megapixels', gif({ width: 65_535, height: 65_535 }), /4294\.8 mega/],
    ['a WebP that claims 268 megapixels', losslessWebp(16_383, 16_383), /268\.4 megapixels, over/],
    ['a JPEG that is cut short', photo.subarray(0, -400), /premature end/],
    ['a PNG whose pixels are not there', claimingPng(40, 40), /cannot be decoded \(/],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /unsupported/],
    ['an SVG that reads a file', '<svg><image href="/etc/passwd"/></svg>', /unsupported/],
    ['a PDF', '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF', /unsupported/],
    ['PostScript', '%!PS-Adobe-3.0 EPSF-3.0\nshowpage', /unsupported/],
    [
      'a script of ImageMagick',
      'push graphic-context\nimage over 0,0 1,1 "label:@/etc/passwd"',
      /unsup/,
    ],
    ['raw pixels', 'P6 2 2 255 123412341234', /unsupported/],
    [
      'an image of libvips itself',
      Buffer.from('\x08\xf2\xa6\xb6'.padEnd(80, '\0'), 'latin1'),
      /unsupp/,
    ],
    ['an archive', zip(), /unsupported/],
    ['a text', 'hello', /unsupported/],
    ['a HEIC photograph without a picture', heif('heic'), /cannot be decoded \(/],
    ['nothing', '', /Empty|empty/],
  ])('%s', async (_, bytes, message) => {
    const making = madeOf(Buffer.from(bytes), engine, {});

    await expect(making).rejects.toThrow(FileValidationError);
    await expect(making).rejects.toThrow(message);
  });
});

describe('a child that decodes', () => {
  it('is killed when its time is over', async () => {
    const making = madeOf(photo, sharpEngine({ timeout: 1, idle: 0 }), {});

    await expect(making).rejects.toMatchObject({
      issues: [
        {
          validator: 'image',
          message: 'the image takes longer than 0.001 seconds to decode',
          expected: 1,
        },
      ],
    });
  });

  it('is killed when it takes more memory than it may', async () => {
    const create = { width: 5000, height: 5000, channels: 3, background: '#fff' } as const;
    const bomb = await sharp({ create }).png({ progressive: true }).toBuffer();

    const making = madeOf(bomb, sharpEngine({ memory: 100 * 1024 ** 2, idle: 0 }), {});

    await expect(making).rejects.toThrow('the image takes more than 100 MiB of memory to decode');
  });

  it.each([
    [
      'crashes',
      1,
      /^Cannot save the image: the image ended the process that decoded it \(SIG\w+\)$/,
    ],
    ['answers sizes that are none', 2, /decoded it \(SIGKILL\)/],
    ['answers nonsense', 3, /decoded it \(SIGKILL\)/],
    ['never ends a line', 4, /decoded it \(SIGKILL\)/],
    ['floods its output', 5, /more than 64 MiB would be made of the image/],
    ['wants more memory than the kernel gives it', 6, /decoded it \(code 1\)/],
    ['looks for secrets in its environment, and finds none', 7, /\(\{\}\)$/],
    ['is the first to go where memory is short', 9, /\(1000\)$/],
  ])('fails for its image alone when it %s', async (_, memory, message) => {
    const making = madeOf(photo, hostile(memory), {});

    await expect(making).rejects.toThrow(FileValidationError);
    await expect(making).rejects.toThrow(message);
  });

  it('is no fault of the image when it cannot begin', async () => {
    await expect(madeOf(photo, hostile(8), {})).rejects.toThrow(
      new StorageOptionsError(
        'Cannot run sharpEngine(): its child process does not start (code 3)',
      ),
    );
  });

  it.each([
    ['descriptors', 'ulimit -n 60; exec "$0" "$1" descriptors', 'spawn /bin/sh EMFILE'],
    ['the right', 'exec "$0" --permission "--allow-fs-read=*" "$1"', 'Access to this API'],
  ])('takes no application with it that lacks %s to start one', async (_, command, reason) => {
    const program = join(import.meta.dirname, 'rendering-in-want-child.ts');

    const { stdout } = await run('sh', ['-c', command, process.execPath, program]);

    const told = `StorageOptionsError: Cannot run sharpEngine(): its child process does not start (${reason}`;
    expect(stdout.split('\n')).toEqual([
      expect.stringContaining(told),
      expect.stringContaining(told),
      '',
    ]);
  });

  it('is gone with the program that started it, and so is the one that waits', async () => {
    const program = spawn(process.execPath, [join(import.meta.dirname, 'rendering-child.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(program.stdout, 'data');
    const children = await childrenOf(program.pid!);

    program.kill('SIGKILL');

    expect(children.map(({ command }) => command)).toEqual([
      expect.stringContaining('render-child'),
      expect.stringContaining('render-child'),
    ]);
    await vi.waitFor(async () => expect(await stillAlive(children)).toEqual([]), 5000);
  });
});

describe('an original that is being sent', () => {
  it('ends with the error of its source', async () => {
    const error = new Error('the storage is gone');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield photo.subarray(0, 100);
      throw error;
    }

    await expect(engine.render(failing(), request())).rejects.toBe(error);
  });

  it('is read no further when the child has ended over it, which is told', async () => {
    let sent = 0;
    async function* long(): AsyncGenerator<Uint8Array> {
      for (; sent < 1000; sent += 1) yield Buffer.alloc(65_536);
    }

    const making = hostile(1).render(long(), request());

    await expect(making).rejects.toThrow(/the image ended the process that decoded it \(SIG\w+\)/);
    expect(sent).toBeLessThan(1000);
  });

  it('ends when the signal says so, even while its source gives nothing', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    async function* hanging(): AsyncGenerator<Uint8Array> {
      yield photo.subarray(0, 100);
      stop.abort(reason);
      await new Promise(() => {});
    }

    const making = engine.render(hanging(), request({ signal: stop.signal }));

    await expect(making).rejects.toBe(reason);
  });

  it('is not read when the signal came before', async () => {
    const source = inPieces(photo);

    const making = engine.render(source, request({ signal: AbortSignal.abort('no') }));

    await expect(making).rejects.toBe('no');
    expect((await source.next()).done).toBe(false);
  });
});

it.each<[limit: string, options: SharpEngineOptions]>([
  ['a time without end', { timeout: Infinity }],
  ['a time that is no number', { timeout: NaN }],
  ['no memory', { memory: 0 }],
  ['half a child', { concurrency: 0.5 }],
  ['children that wait for ever', { idle: Infinity }],
])('an engine with %s is refused', (_, options) => {
  expect(() => sharpEngine(options)).toThrow(RangeError);
});

describe('a child that waits for the next image', () => {
  it('takes it', async () => {
    await madeOf(photo, engine, {});
    // The one that decoded may not have ended yet.
    await vi.waitFor(async () => expect(await waitingChildren()).toHaveLength(1), 5000);
    const waiting = await waitingChildren();

    await madeOf(photo, engine, {});

    await vi.waitFor(async () => expect(await stillAlive(waiting)).toEqual([]), 5000);
  });

  it('goes after a while, or with close()', async () => {
    const [impatient, closed] = [sharpEngine({ idle: 1 }), sharpEngine()];
    await engine.close();

    await Promise.all([madeOf(photo, impatient, {}), madeOf(photo, closed, {})]);
    await closed.close();

    await vi.waitFor(async () => expect(await waitingChildren()).toEqual([]), 5000);
  });
});

async function waitingChildren() {
  const children = await childrenOf(process.pid);
  return children.filter(({ command }) => command.includes('render-child'));
}

/** An engine whose child does something else than decoding; which, its memory tells. */
function hostile(memory: number) {
  const child = new URL('hostile-render-child.ts', import.meta.url);
  return sharpEngine({ memory, child, idle: 0, timeout: 10_000 });
}
