import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

// `pnpm bench` runs all benchmarks, each in a process of its own; `pnpm bench flush --rounds=50` one of them.
const known = ['hydration', 'flush', 'triggers', 'disk', 'reclaim'];
const given = process.argv.slice(2);
const options = given.filter((argument) => argument.startsWith('-'));
const named = given.filter((argument) => !argument.startsWith('-'));
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Cannot run ${unknown.join(', ')}: the benchmarks are ${known.join(', ')}`);
  process.exit(2);
}

for (const name of named.length > 0 ? named : known) {
  const file = join(import.meta.dirname, `${name}.ts`);
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
