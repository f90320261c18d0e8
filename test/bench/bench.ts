import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runsS3Tests, s3Advice } from '../support/s3-available.ts';

// `pnpm bench` runs all benchmarks, each in a process of its own; `pnpm bench flush --rounds=50` one of them.
const onS3 = ['s3-flush', 's3-large', 's3-reclaim', 'migrate'];
const known = [
  'hydration',
  'flush',
  'triggers',
  'disk',
  'reclaim',
  'reconcile',
  'urls',
  'http',
  'static',
  'images',
  'variants',
  ...onS3,
];
const given = process.argv.slice(2);
const options = given.filter((argument) => argument.startsWith('-'));
const named = given.filter((argument) => !argument.startsWith('-'));
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Cannot run ${unknown.join(', ')}: the benchmarks are ${known.join(', ')}`);
  process.exit(2);
}

const possible = runsS3Tests() ? known : known.filter((name) => !onS3.includes(name));
if (named.length === 0 && possible.length < known.length) {
  console.log(`${onS3.join(', ')} are left out; to run them ${s3Advice}\n`);
}
for (const name of named.length > 0 ? named : possible) {
  const file = join(import.meta.dirname, `${name}.ts`);
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
