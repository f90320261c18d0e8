import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { FileSystemStorage, MemoryStorage } from '@filefield/core';
import { collectStatic } from '@filefield/static';
const d = mkdtempSync('/tmp/ff/bench-');
for (let i = 0; i < 2000; i++) {
  mkdirSync(`${d}/s/${i % 40}`, { recursive: true });
  writeFileSync(
    `${d}/s/${i % 40}/${i}.${i % 4 === 0 ? 'css' : 'png'}`,
    i % 4 === 0
      ? `a{b:url(x.png)}`
          .replace('x.png', `../${(i + 1) % 40}/${i + 1}.png`)
          .padEnd(20000, ' a{b:c}')
      : Buffer.alloc(20000, i),
  );
}
for (const storage of [new MemoryStorage(), new FileSystemStorage({ location: `${d}/o` })])
  for (const what of ['first', 'second', 'third']) {
    const t = performance.now();
    const r = await collectStatic({ sources: [`${d}/s`], storage });
    console.log(
      what,
      Math.round(performance.now() - t),
      'ms',
      r.copied.length,
      r.processed.length,
      r.problems.length,
    );
  }
console.log(Math.round(process.memoryUsage().rss / 1e6), d);
