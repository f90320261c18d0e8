import { defineCommand, type Command } from '../command.ts';
import { copyAll } from '../copying/copy-all.ts';
import { copyEnd, shownEnd, targetOf } from '../copying/copy-end.ts';
import { copyOne, sizeOf } from '../copying/copy-one.ts';
import { UsageError } from '../errors/cli-error.ts';
import { counted } from '../output/counted.ts';
import { humanSize } from '../output/human-size.ts';

/** `filefield cp`: copies between storages and this machine. */
export const cp: Command = defineCommand({
  name: 'cp',
  summary: 'Copies between storages and this machine',
  synopsis: 'FROM TO',
  arguments: { least: 2, most: 2 },
  description: [
    'FROM and TO are ALIAS:name, or paths such as ./me.png. What is there already is left alone, unless',
    'told to overwrite. An object that no row refers to is an orphan to reconcile.',
  ],
  flags: {
    recursive: { type: 'boolean', short: 'r', summary: 'Everything below FROM' },
    overwrite: { type: 'boolean', summary: 'Replaces what is there' },
    concurrency: {
      type: 'integer',
      least: 1,
      value: 'N',
      summary: 'Files at the same time. Default: 8',
    },
  },
  examples: [
    ['private:avatars/me.png ./', 'Fetches an object'],
    ['./logo.svg static:img/logo.svg', 'Stores a file'],
    ['-r media: private:', 'Copies a whole storage, by the storages themselves where they can'],
  ],
  resume: 'No half file was left; run it again, and what is there already is left alone',
  async run({
    positionals: [given = '', target = ''],
    flags,
    host,
    output,
    project,
    confirm,
    signal,
  }) {
    const open = async (alias: string) => (await project()).storage(alias);
    const from = await copyEnd(given, { cwd: host.cwd, open });
    const to = await copyEnd(target, { cwd: host.cwd, open });
    if (from.kind === 'path' && to.kind === 'path') {
      throw new UsageError('Cannot copy from a path to a path: one of the two is ALIAS:name');
    }
    const overwrite = flags.overwrite === true;
    if (overwrite) {
      const warning = `This will overwrite existing files at ${shownEnd(to)}!`;
      await confirm({ warning, cancelled: 'Nothing was copied.' });
    }
    // Only then it is known whether the storage itself can refuse a name that is taken.
    if (to.kind === 'object') await to.storage.ready?.();
    using progress = output.progress('Copying');
    let bytes = 0;
    if (flags.recursive === true) {
      const copied = await copyAll(from, to, {
        overwrite,
        signal,
        concurrency: flags.concurrency ?? 8,
        onBytes: (some) => void (bytes += some),
        onFile: ({ found, copied: done }) => {
          progress.update({ done, total: found, detail: humanSize(bytes) });
        },
      });
      const { failed } = copied;
      for (const { name, error } of failed) output.warn(`${name}: ${error}`);
      const summary = `${counted(copied.copied, 'file')} copied, ${humanSize(bytes)}, ${copied.present} there already, ${failed.length} failed`;
      return { json: { ...copied, bytes }, lines: [summary], isBad: failed.length > 0 };
    }
    const end = await targetOf(from, target, to);
    const total = await sizeOf(from);
    const onBytes = (some: number): void => {
      bytes += some;
      progress.update({ done: bytes, total, isBytes: true });
    };
    await copyOne(from, end, { overwrite, signal, onBytes });
    const told = { from: shownEnd(from), to: shownEnd(end), bytes: total };
    return { json: told, lines: [`${told.from} copied to ${told.to}, ${humanSize(total)}`] };
  },
});
