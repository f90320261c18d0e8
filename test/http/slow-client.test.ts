import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import type { ServingCost } from './serve-child.ts';

const mebibyte = 1024 * 1024;

/** Serves a sparse file of a gibibyte in a process of its own. */
async function largeSite(): Promise<{ port: number; cost: () => Promise<ServingCost> }> {
  const location = await temporaryDirectory();
  await writeFile(join(location, 'large.bin'), '');
  await truncate(join(location, 'large.bin'), 1024 * mebibyte);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve-child.ts'), location], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const told = async (): Promise<string> => String((await lines.next()).value);
  const port = Number(await told());
  const cost = async (): Promise<ServingCost> => {
    child.stdin.write('\n');
    return JSON.parse(await told()) as ServingCost;
  };
  return { port, cost };
}

/** Asks for the file and reads nothing of it. */
async function slowClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause();
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write('GET /large.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  return socket;
}

/** The cost when nothing moves any more. */
async function settled(cost: () => Promise<ServingCost>): Promise<ServingCost> {
  let before = await cost();
  for (;;) {
    await wait(200);
    const now = await cost();
    if (now.given > 0 && now.given === before.given) return now;
    before = now;
  }
}

async function bytesOf(socket: Socket): Promise<number> {
  let size = 0;
  socket.on('data', (chunk: Buffer) => (size += chunk.byteLength)).resume();
  await once(socket, 'end');
  return size;
}

describe('a slow client of a gibibyte', () => {
  it('costs no more memory than a fast one', async () => {
    const { port, cost } = await largeSite();
    const socket = await slowClient(port);

    const waiting = await settled(cost);
    const size = await bytesOf(socket);
    const done = await cost();

    expect(waiting.given).toBeLessThan(16 * mebibyte);
    expect(waiting.growth).toBeLessThan(64 * mebibyte);
    expect(size).toBeGreaterThan(1024 * mebibyte);
    expect(done.growth).toBeLessThan(128 * mebibyte);
  });
});
