import { FileFieldError, FileExistsError } from '@filefield/core';
import pLimit from 'p-limit';
import { defineCommand, type Command } from '../command.ts';
import { copiedEntries } from '../copying/copied-entries.ts';
import { below, copyEnd, shownEnd, targetOf, type CopyEnd } from '../copying/copy-end.ts';
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
    concurrency: { type: 'integer', value: 'N', summary: 'Files at the same time. Default: 8' },
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
    using progress = output.progress('Copying');
    const tally = {
      copied: 0,
      bytes: 0,
      present: 0,
      failed: [] as { name: string; error: string }[],
    };
    let seen = 0;
    const show = (): void => {
      const done = tally.copied + tally.present + tally.failed.length;
      progress.update({ done, total: seen, detail: humanSize(tally.bytes) });
    };
    const onBytes = (bytes: number): void => {
      tally.bytes += bytes;
      show();
    };
    const copy = async (one: CopyEnd, other: CopyEnd): Promise<void> => {
      const size = await sizeOf(one);
      await copyOne(one, other, { overwrite, signal, onBytes });
      tally.copied += 1;
      output.detail(`${shownEnd(one)} to ${shownEnd(other)}, ${humanSize(size)}`);
      show();
    };
    if (flags.recursive !== true) {
      seen = 1;
      await copy(from, await targetOf(from, target, to));
    } else {
      const limit = pLimit(flags.concurrency ?? 8);
      const running: Promise<void>[] = [];
      for await (const { name, end } of copiedEntries(from)) {
        signal.throwIfAborted();
        seen += 1;
        running.push(limit(tryOne, end, below(to, name)));
        if (limit.pendingCount > 1000) await Promise.race(running);
      }
      await Promise.all(running);
    }
    const { copied, bytes, present, failed } = tally;
    for (const { name, error } of failed) output.warn(`${name}: ${error}`);
    const summary = `${counted(copied, 'file')} copied, ${humanSize(bytes)}, ${present} there already, ${failed.length} failed`;
    return { json: tally, lines: [summary], isBad: failed.length > 0 };

    async function tryOne(one: CopyEnd, other: CopyEnd): Promise<void> {
      signal.throwIfAborted();
      try {
        await copy(one, other);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof FileFieldError)) throw error;
        if (error instanceof FileExistsError && (await sizeOf(one)) === (await sizeOf(other))) {
          tally.present += 1;
        } else tally.failed.push({ name: shownEnd(one), error: error.message });
        show();
      }
    }
  },
});
