import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterwards } from './afterwards.ts';
import { dumpAdvice, programs, version } from './dump-available.ts';
import { freePort } from './free-port.ts';
import { installPackages } from './install-packages.ts';

const run = promisify(execFile);

/** A PostgreSQL of the distribution's packages, with its tools: npm's has none that dump or replicate. */
export interface DistributionPostgres {
  readonly port: number;
  /** Where its programs may write. */
  readonly directory: string;
  /** Connects as superuser to a database. */
  url(database: string): string;
  /** Runs one of PostgreSQL's programs against this server; answers what it printed. */
  tool(program: string, ...args: string[]): Promise<string>;
  /** Starts a hot standby that follows this server. */
  standby(): Promise<DistributionPostgres>;
}

/** Starts a server for one test, or for a file when called at its top; it is stopped and removed afterwards. */
export async function startDistributionPostgres(): Promise<DistributionPostgres> {
  if (!existsSync(programs)) {
    const refusal = `Cannot run the .dump.test.ts files: ${dumpAdvice}`;
    await installPackages([`postgresql-${version}`], refusal);
  }
  const directory = await serverDirectory();
  const data = join(directory, 'data');
  const sorting = ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US', '--locale=C'];
  await asPostgres('initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '--no-sync',
    ...sorting,
  ]);
  return await start(directory, data);
}

async function start(directory: string, data: string): Promise<DistributionPostgres> {
  const port = await freePort();
  const flags = ['listen_addresses=127.0.0.1', `unix_socket_directories=${directory}`, 'fsync=off'];
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), ...flags.flatMap((flag) => ['-c', flag])],
    { stdio: 'ignore', ...(await owner()) },
  );
  const kill = (): boolean => child.kill('SIGQUIT');
  process.once('exit', kill);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  afterwards(async () => {
    kill();
    await ended;
    process.off('exit', kill);
    await rm(directory, { recursive: true, force: true });
  });
  const place = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
  const tool = async (program: string, ...args: string[]): Promise<string> =>
    asPostgres(program, [...place, ...args]);
  await ready(tool, child);
  return {
    port,
    directory,
    tool,
    url: (database) => `postgresql://postgres@127.0.0.1:${port}/${database}`,
    async standby() {
      const own = await serverDirectory();
      await tool('pg_basebackup', '-D', join(own, 'data'), '-R', '-c', 'fast', '--no-sync');
      return await start(own, join(own, 'data'));
    },
  };
}

async function ready(
  tool: DistributionPostgres['tool'],
  child: { readonly exitCode: number | null },
): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`Cannot start PostgreSQL ${version}: it ended`);
    const answer = await tool('pg_isready').catch(() => '');
    if (answer.includes('accepting connections')) return;
    await sleep(100);
  }
  throw new Error(`Cannot start PostgreSQL ${version}: it accepts no connections`);
}

async function serverDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `filefield-test-${process.pid}-`));
  const { uid, gid } = await owner();
  if (uid !== undefined && gid !== undefined) await chown(directory, uid, gid);
  return directory;
}

async function asPostgres(program: string, args: readonly string[]): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024, cwd: tmpdir(), ...(await owner()) };
  const { stdout } = await run(join(programs, program), args, options);
  return stdout;
}

/** PostgreSQL refuses to run as root. */
async function owner(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}
