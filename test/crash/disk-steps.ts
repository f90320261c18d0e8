import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const changes = ['mkdir', 'link', 'rename', 'copyFile', 'unlink', 'rm', 'rmdir'];

/** Tells of every change that this process makes on the disk, right after it; a refused one is none. */
export async function watchDisk(onStep: (step: string) => void): Promise<void> {
  for (const change of changes) watchMethod(fs, change, onStep);
  watchMethod(fs, 'open', onStep, (args) => args[1] === 'wx');
  syncBuiltinESMExports();
  const handle = await fs.open(import.meta.filename);
  watchMethod(Object.getPrototypeOf(handle), 'write', onStep);
  await handle.close();
}

function watchMethod(
  target: object,
  method: string,
  onStep: (step: string) => void,
  isStep: (args: unknown[]) => boolean = () => true,
): void {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== 'function') throw new Error(`Cannot watch ${method}()`);
  Reflect.set(target, method, async function (this: unknown, ...args: unknown[]) {
    const result: unknown = await Reflect.apply(original, this, args);
    if (isStep(args)) onStep(method);
    return result;
  });
}
