import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgres } from './embedded-postgres.ts';
import { freePort } from './free-port.ts';

/** A running PostgreSQL that belongs to one test file, or to the whole run. */
export interface PostgresServer {
  /** Connects as superuser to the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /**
   * Ends the server and returns when its process is gone; data stays. `immediate` is what a crash of
   * the machine looks like to PostgreSQL: nothing is flushed, the next start replays the log.
   */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again on the same port with the same data; running servers are stopped first. */
  restart(mode?: 'fast' | 'immediate'): Promise<void>;
}

export interface StartServerOptions {
  /** More arguments for `postgres`, such as `['--log_statement=all']`. None by default. */
  flags?: readonly string[];
}

const password = 'filefield';

/** Creates a cluster in `directory` and starts it. */
export async function startServer(
  directory: string,
  options: StartServerOptions = {},
): Promise<PostgresServer> {
  const port = await freePort();
  const log: string[] = [];
  const keepLog = (message: unknown): void => {
    log.push(String(message));
    log.splice(0, log.length - 20);
  };
  const embedded = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    user: 'postgres',
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Sorts as people do, not by bytes, as most databases in production: forgetting it must show.
    initdbFlags: ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US', '--no-sync'],
    postgresFlags: [
      '--listen_addresses=127.0.0.1',
      '--unix_socket_directories=',
      '--max_connections=200',
      '--fsync=on',
      ...(options.flags ?? []),
    ],
    onLog: keepLog,
    onError: keepLog,
  });
  let running = false;

  async function start(): Promise<void> {
    try {
      await embedded.start();
    } catch (cause) {
      throw new Error(`Cannot start PostgreSQL: ${log.join('')}`, { cause });
    }
    running = true;
    process.on('exit', kill);
  }

  function kill(): void {
    const pidFile = join(directory, 'postmaster.pid');
    if (!existsSync(pidFile)) return;
    const [pid] = readFileSync(pidFile, 'utf8').split('\n');
    process.kill(Number(pid), 'SIGQUIT');
  }

  async function stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    if (!running) return;
    running = false;
    process.off('exit', kill);
    // The signal of `embedded.stop()` asks for a fast shutdown; a running immediate one stands.
    if (mode === 'immediate') kill();
    await embedded.stop();
  }

  await embedded.initialise();
  await start();

  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    stop,
    async restart(mode) {
      await stop(mode);
      await start();
    },
  };
}
