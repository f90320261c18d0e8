import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Passes connections on to a server, counts what passes, and cuts where it is told to. */
export interface TcpProxy {
  readonly url: string;
  /** Bytes that came from the server. */
  readonly received: number;
  /** Bytes that went to the server. */
  readonly sent: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Cuts every connection once so many bytes have come from the server on it: without a word, or as if all were said. */
  cutAfter(bytes: number, how: 'reset' | 'end'): void;
  /** Swallows the next answers and closes instead: the server has done what it was asked for. */
  loseAnswers(count: number): void;
}

/** A proxy in front of a server for one test. */
export async function tcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let received = 0;
  let sent = 0;
  let cut: { bytes: number; how: 'reset' | 'end' } | undefined;
  let lost = 0;

  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    let passed = 0;
    sockets.add(near);
    near
      .on('error', () => far.destroy())
      .on('close', () => {
        sockets.delete(near);
        far.destroy();
      });
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('data', (chunk: Buffer) => (sent += chunk.byteLength)).pipe(far);
    far.on('data', (chunk: Buffer) => {
      received += chunk.byteLength;
      if (lost > 0) {
        lost -= 1;
        near.resetAndDestroy();
        return;
      }
      const rest = cut === undefined ? chunk : chunk.subarray(0, Math.max(0, cut.bytes - passed));
      passed += chunk.byteLength;
      const isOver = cut !== undefined && passed >= cut.bytes;
      if (isOver && cut?.how === 'end') near.end(rest);
      else if (isOver) near.resetAndDestroy();
      else if (!near.write(rest)) {
        far.pause();
        near.once('drain', () => far.resume());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    get received() {
      return received;
    },
    get sent() {
      return sent;
    },
    get open() {
      return sockets.size;
    },
    cutAfter(bytes, how) {
      cut = { bytes, how };
    },
    loseAnswers(count) {
      lost = count;
    },
  };
}
