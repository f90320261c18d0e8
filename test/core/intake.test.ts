import { createHash } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { FileValidationError, IntegrityError } from '@filefield/core';
import { describe, expect, it } from 'vitest';

import { Intake } from '../../packages/core/src/intake.ts';
import { pathSource } from '../../packages/core/src/source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function* chunks(
  count: number,
  size: number,
  log: string[] = [],
): AsyncGenerator<Uint8Array> {
  try {
    for (let index = 0; index < count; index += 1) {
      log.push('chunk');
      yield new Uint8Array(size).fill(index);
    }
    log.push('end');
  } finally {
    log.push('closed');
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function drain(intake: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(intake));
}

describe('an intake', () => {
  it('knows type and head when it opens, without reading on', async () => {
    const log: string[] = [];

    const intake = await Intake.open(chunks(100, 1000, log), { filename: 'a.csv' });

    expect(intake.type).toBe('text/csv');
    expect(intake.head.byteLength).toBe(4100);
    expect(intake.knownSize).toBeUndefined();
    expect(log).toEqual(Array.from({ length: 5 }, () => 'chunk'));
  });

  it('knows the size of a stream that ends within the head', async () => {
    const intake = await Intake.open(chunks(3, 10));

    expect(intake.knownSize).toBe(30);
    expect(intake.head.byteLength).toBe(30);
  });

  it('tells size and checksum when the last byte has passed', async () => {
    const intake = await Intake.open(chunks(100, 1000));

    const bytes = await drain(intake);

    expect(bytes.byteLength).toBe(100_000);
    expect(intake.size).toBe(100_000);
    expect(intake.sha256).toBe(sha256(bytes));
  });

  it('does not tell size and checksum before', async () => {
    const intake = await Intake.open(chunks(100, 1000), { subject: 'User.avatar' });

    expect(() => intake.size).toThrow(
      'Cannot read the size of User.avatar: not every byte of the source was read',
    );
    expect(() => intake.sha256).toThrow('Cannot read the sha256 of User.avatar');
  });

  it('passes bytes of the caller on without copying them', async () => {
    const bytes = new Uint8Array(3_000_000);

    const passed = await Array.fromAsync(await Intake.open(bytes));

    expect(passed.map((chunk) => chunk.buffer === bytes.buffer)).toEqual([true, true, true]);
  });

  it('hashes a large chunk in slices', async () => {
    const bytes = new Uint8Array(2_500_000).fill(7);
    const intake = await Intake.open(bytes);

    const lengths = (await Array.fromAsync(intake)).map((chunk) => chunk.byteLength);

    expect(lengths).toEqual([1_048_576, 1_048_576, 402_848]);
    expect(intake.sha256).toBe(sha256(bytes));
  });

  it('lets its bytes pass once', async () => {
    const intake = await Intake.open('text');
    await drain(intake);

    await expect(drain(intake)).rejects.toThrow('again() opens the source anew');
  });

  it('opens a source anew under the same rules', async () => {
    const first = await Intake.open(() => chunks(10, 1000), { filename: 'a.csv', maxSize: 10_000 });
    await drain(first);

    const second = await first.again();

    expect(second.type).toBe('text/csv');
    expect((await drain(second)).byteLength).toBe(10_000);
    expect(second.sha256).toBe(first.sha256);
  });

  it('is answered as it is when it is opened again', async () => {
    const intake = await Intake.open('text');

    expect(await Intake.open(intake)).toBe(intake);
  });

  it('takes filename and declared type from a File', async () => {
    const intake = await Intake.open(new File(['?'], 'data.unknown', { type: 'Text/X-Own; a=b' }));

    expect(intake.filename).toBe('data.unknown');
    expect(intake.type).toBe('text/x-own');
  });

  it('closes a source whose reader stops early', async () => {
    const log: string[] = [];
    const intake = await Intake.open(chunks(100, 5000, log));

    for await (const chunk of intake) {
      expect(chunk.byteLength).toBe(5000);
      break;
    }

    expect(log.at(-1)).toBe('closed');
  });

  it('closes a source that nobody read', async () => {
    const log: string[] = [];
    const intake = await Intake.open(chunks(100, 5000, log));

    await intake.close();

    expect(log).toEqual(['chunk', 'closed']);
  });
});

describe('a limit on the size', () => {
  it('refuses a known size before the bytes pass', async () => {
    const opening = Intake.open(new Uint8Array(6_100_000), {
      filename: 'a.bin',
      maxSize: 5_000_000,
    });

    await expect(opening).rejects.toThrow('Cannot save "a.bin": 6.1 MB is over the limit of 5 MB');
    await expect(opening).rejects.toMatchObject({
      issues: [{ validator: 'maxSize', expected: 5_000_000, received: 6_100_000 }],
    });
  });

  it('ends a stream at the first byte that is too many, and closes it', async () => {
    const log: string[] = [];
    const intake = await Intake.open(chunks(1000, 5000, log), { maxSize: 12_000 });

    await expect(drain(intake)).rejects.toThrow(
      'Cannot save the file: the file is over the limit of 12 kB',
    );

    await intake.close();
    expect(log).toEqual(['chunk', 'chunk', 'chunk', 'closed']);
  });

  it('ends a stream within its head', async () => {
    const log: string[] = [];

    const opening = Intake.open(chunks(1000, 10, log), { maxSize: 15 });

    await expect(opening).rejects.toThrow(FileValidationError);
    expect(log).toEqual(['chunk', 'chunk', 'closed']);
  });

  it('lets exactly the limit pass', async () => {
    const intake = await Intake.open(chunks(2, 5000), { maxSize: 10_000 });

    expect((await drain(intake)).byteLength).toBe(10_000);
  });
});

describe('rules of a field', () => {
  it('are reported together', async () => {
    const opening = Intake.open('too long', {
      subject: 'User.avatar',
      maxSize: 3,
      check: ({ type }) => [{ validator: 'accept', message: `${type} is not accepted` }],
    });

    await expect(opening).rejects.toThrow(
      'Cannot save User.avatar: 8 bytes is over the limit of 3 bytes; application/octet-stream is not accepted',
    );
  });

  it('see what is known of the file', async () => {
    const seen: unknown[] = [];

    await Intake.open('<svg xmlns="http://www.w3.org/2000/svg"/>', {
      filename: 'a.png',
      check: async ({ filename, type, knownSize }) => {
        seen.push(filename, type, knownSize);
        return [];
      },
    });

    expect(seen).toEqual(['a.png', 'image/svg+xml', 41]);
  });

  it('may refuse a file of no bytes', async () => {
    const opening = Intake.open(chunks(0, 0), { allowEmpty: false });

    await expect(opening).rejects.toThrow('Cannot save the file: the file is empty');
  });

  it('allow a file of no bytes by default', async () => {
    const intake = await Intake.open('');

    expect((await drain(intake)).byteLength).toBe(0);
    expect(intake.sha256).toBe(sha256(new Uint8Array()));
  });
});

describe('a source that fails', () => {
  it('fails the intake with its own error', async () => {
    const error = new Error('connection reset');
    const intake = await Intake.open(
      Readable.from(
        (async function* () {
          yield Buffer.alloc(10_000);
          throw error;
        })(),
      ),
    );

    await expect(drain(intake)).rejects.toBe(error);
    expect(intake.failure).toEqual({ error });
  });

  it('fails the opening when it fails within the head', async () => {
    const error = new Error('connection reset');

    const stream = new Readable({ read: () => void stream.destroy(error) });

    await expect(Intake.open(stream)).rejects.toBe(error);
    await expect(Intake.open(stream)).rejects.toBe(error);
  });

  it('never becomes a short file: a path that shrinks', async () => {
    const path = join(await temporaryDirectory(), 'a.bin');
    await writeFile(path, new Uint8Array(1_000_000));
    const intake = await Intake.open(pathSource(path));
    await truncate(path, 500_000);

    await expect(drain(intake)).rejects.toThrow(IntegrityError);
    expect(() => intake.sha256).toThrow('not every byte');
  });

  it('never becomes a longer file: a path that grows', async () => {
    const path = join(await temporaryDirectory(), 'a.bin');
    await writeFile(path, new Uint8Array(500_000));
    const intake = await Intake.open(pathSource(path));
    await writeFile(path, new Uint8Array(1_000_000));

    await expect(drain(intake)).rejects.toThrow(
      /^Cannot read "a\.bin": found \d+ bytes, recorded is 500000 bytes$/,
    );
  });

  it('never becomes a short file: a stream destroyed on its way', async () => {
    const stream = new Readable({ read: () => undefined });
    stream.push(Buffer.alloc(10_000));
    const intake = await Intake.open(stream);
    stream.destroy();

    await expect(drain(intake)).rejects.toThrow('Premature close');
  });
});

describe('a signal', () => {
  it('ends an intake whose source hangs, with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('the user left');
    const intake = await Intake.open(
      (async function* () {
        yield new Uint8Array(10_000);
        controller.abort(reason);
        await new Promise(() => undefined);
      })(),
      { signal: controller.signal },
    );

    await expect(drain(intake)).rejects.toBe(reason);
  });

  it('ends an opening whose source hangs', async () => {
    const reason = new Error('the user left');
    const controller = new AbortController();
    const opening = Intake.open(new ReadableStream<Uint8Array>(), { signal: controller.signal });

    controller.abort(reason);

    await expect(opening).rejects.toBe(reason);
  });

  it('leaves the source alone when it is aborted already', async () => {
    const log: string[] = [];

    const opening = Intake.open(chunks(1, 1, log), { signal: AbortSignal.abort(new Error('no')) });

    await expect(opening).rejects.toThrow('no');
    expect(log).toEqual([]);
  });

  it('changes nothing once every byte has passed', async () => {
    const controller = new AbortController();
    const intake = await Intake.open(chunks(3, 5000), { signal: controller.signal });
    await drain(intake);

    controller.abort();

    expect(intake.size).toBe(15_000);
    expect(intake.failure).toBeUndefined();
  });
});
