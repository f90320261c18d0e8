import { connect } from 'node:net';

/** What came back over a socket. */
export interface RawAnswer {
  readonly status: number;
  /** Everything after the status, as Latin-1. */
  readonly text: string;
}

/** Sends lines as they are, no URL or header parser in between, and reads until the server closes. */
export async function rawRequest(port: number, lines: readonly string[]): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(Buffer.from(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`, 'latin1'));
  let text = '';
  try {
    for await (const chunk of socket) text += Buffer.from(chunk).toString('latin1');
  } catch (error) {
    // A server that refuses before it has read all of it resets the connection after its answer.
    if (text === '') throw error;
  }
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text };
}
