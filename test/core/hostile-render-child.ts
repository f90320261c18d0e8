// What a child may do that an image has taken over: the bytes of memory that it is given say which.
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';

const control = new Socket({ fd: 3 });
control.on('error', () => {});
setTimeout(() => process.exit(), 20_000);

function say(line: string): void {
  control.write(`${line}\n`);
}

function flood(): void {
  process.stdout.write(Buffer.alloc(1_000_000), flood);
}

const deeds: Readonly<Record<string, () => void>> = {
  1: () => process.abort(),
  2: () => say('{"kind":"made","images":[{"width":1,"height":1,"size":-1}]}'),
  3: () => say('null'),
  4: () => say('x'.repeat(100_000)),
  5: flood,
  6: () => say(JSON.stringify({ kind: 'undecodable', reason: Buffer.alloc(2 ** 31).length })),
  7: () => say(JSON.stringify({ kind: 'undecodable', reason: JSON.stringify(process.env) })),
  9: () => {
    const reason = readFileSync('/proc/self/oom_score_adj', 'utf8').trim();
    say(JSON.stringify({ kind: 'undecodable', reason }));
  },
};

if (process.argv[2] === '8') process.exit(3);
say('{"kind":"ready"}');
deeds[process.argv[2] ?? '']?.();
