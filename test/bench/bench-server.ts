import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { startServer } from '../support/start-server.ts';

/** How MikroORM and `pg` connect to one database. */
export interface BenchDatabase {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dbName: string;
}

/** A PostgreSQL of this benchmark's own, with fsync on and the settings it comes with. */
export interface BenchServer extends AsyncDisposable {
  createDatabase(name: string): Promise<BenchDatabase>;
  /** A connection outside the ORM; ends with the server. */
  connect(database: BenchDatabase): Promise<Client>;
}

/** Starts it in a temporary directory, which goes with it. */
export async function benchServer(): Promise<BenchServer> {
  const directory = await mkdtemp(join(tmpdir(), 'filefield-bench-'));
  // The server runs as another user when this runs as root: it must be able to enter.
  await chmod(directory, 0o755);
  const server = await startServer(join(directory, 'server'));
  const clients: Client[] = [];
  const url = new URL(server.url);
  const here = {
    host: url.hostname,
    port: server.port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const connect = async ({ dbName, ...connection }: BenchDatabase): Promise<Client> => {
    const client = new Client({ ...connection, database: dbName });
    await client.connect();
    clients.push(client);
    return client;
  };
  return {
    connect,
    async createDatabase(dbName) {
      const client = await connect({ ...here, dbName: 'postgres' });
      await client.query(`create database ${escapeIdentifier(dbName)}`);
      return { ...here, dbName };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map(async (client) => client.end()));
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
