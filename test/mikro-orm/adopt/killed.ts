import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { defineStorages, FileSystemStorage } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { Member } from './member.ts';
import type { Club } from './members.ts';

/** Adopts in a process of its own, which is killed once so many rows are done. @returns the signal that ended it. */
export async function killAfter({ database, location }: Club, rows: number): Promise<unknown> {
  const job: Job = { clientUrl: database.url, location, rows };
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(job)], {
    stdio: 'inherit',
  });
  const [, signal] = await once(child, 'exit');
  return signal;
}

interface Job {
  readonly clientUrl: string;
  readonly location: string;
  readonly rows: number;
}

async function die({ clientUrl, location, rows }: Job): Promise<void> {
  const storages = defineStorages({
    default: () => new FileSystemStorage({ location }),
    other: () => new FileSystemStorage({ location: `${location}-other` }),
  });
  const files = fileFields({ storages, worker: 'manual', grace: '0ms' });
  await MikroORM.init({ clientUrl, entities: [Member], extensions: [files] });
  await files.adopt(Member, 'avatar', {
    column: 'avatar',
    concurrency: 2,
    onProgress: ({ done }) => {
      if (done === rows) process.kill(process.pid, 'SIGKILL');
    },
  });
}

if (import.meta.main) await die(JSON.parse(process.argv[2] ?? '') as Job);
