// The program of the child in which one original is decoded. Descriptor 3 leads to the application: its job and what is
// said of it, and while it is open the application lives.
import { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onLine, sendLine, type RenderJob, type RenderMessage } from './render-message.ts';

const memory = Number(process.argv[2]);
const control = new Socket({ fd: 3 });
const job = new Promise<RenderJob>((resolve) => {
  onLine(control, (message) => resolve(message as RenderJob));
});

// Decoding goes on in other threads whatever JavaScript does, so nothing gentler ends it at once.
const die = () => process.kill(process.pid, 'SIGKILL');
control.on('error', die).on('close', die);
// When the application is asked to end, it decides what becomes of the work.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

setInterval(() => {
  if (process.memoryUsage.rss() > memory) say({ kind: 'memory' });
}, 10);

const { renderImage } = await import('./render-image.ts').catch((error: unknown) => {
  say({ kind: 'unusable', reason: `sharp cannot be loaded: ${String(error)}` });
  return { renderImage: undefined };
});
if (renderImage) {
  say({ kind: 'ready' });
  const { message, bytes } = await renderImage(await buffer(process.stdin), await job);
  for (const image of bytes) process.stdout.write(image);
  say(message);
}

function say(message: RenderMessage): void {
  sendLine(control, message);
}
