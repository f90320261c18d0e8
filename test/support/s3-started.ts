import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

const { starting } = inject('s3Server');

// Other files run while it starts.
if (starting !== undefined) await startedIn(starting);

async function startedIn(directory: string): Promise<void> {
  const failed = join(directory, 'failed');
  while (!existsSync(join(directory, 'started'))) {
    if (existsSync(failed)) {
      throw new Error(`Cannot start radosgw: ${readFileSync(failed, 'utf8')}`);
    }
    await sleep(50);
  }
}
