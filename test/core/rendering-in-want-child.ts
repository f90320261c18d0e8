import { openSync } from 'node:fs';
import { sharpEngine } from '@filefield/core/sharp';
import { inPieces, request } from './rendering.ts';

// Wants to decode where no child can be started, for want of descriptors or of the right to.
const engine = sharpEngine();
try {
  while (process.argv[2] === 'descriptors') openSync('/dev/null', 'r');
} catch {}
const failures = [1, 2].map(async () =>
  engine.render(inPieces(Buffer.alloc(9)), request()).catch((error: unknown) => String(error)),
);
process.stdout.write(`${(await Promise.all(failures)).join('\n')}\n`);
