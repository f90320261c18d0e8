import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

const { starting } = inject('s3Server');

// Other files run while it starts.
while (starting !== undefined && !existsSync(join(starting, 'started'))) {
  const failed = join(starting, 'failed');
  if (existsSync(failed)) throw new Error(`Cannot start radosgw: ${readFileSync(failed, 'utf8')}`);
  await sleep(50);
}
