import type { FileStat, FileStorage } from '@filefield/core';
import { storagePath } from '../arguments/object-argument.ts';
import { defineCommand, type Command } from '../command.ts';
import { humanSize } from '../output/human-size.ts';

/** `filefield ls`: lists a directory of a storage, or everything below it. */
export const ls: Command = defineCommand({
  name: 'ls',
  summary: 'Lists the objects of a storage',
  synopsis: 'ALIAS[:prefix]',
  arguments: { least: 1, most: 1 },
  flags: {
    long: { type: 'boolean', short: 'l', summary: 'Sizes and times too' },
    recursive: { type: 'boolean', short: 'r', summary: 'Everything below, not one level' },
  },
  examples: [
    ['private:avatars', 'What lies right below avatars/'],
    ['private -r -l', 'Every object, with size and time'],
  ],
  async run({ positionals: [argument = ''], flags, output, project, signal }) {
    const { alias, name } = storagePath(argument);
    const storage = await (await project()).storage(alias);
    const entries: Entry[] = [];
    for await (const entry of flags.recursive ? below(storage, name) : level(storage, name)) {
      signal.throwIfAborted();
      if (output.isClosed) break;
      if (output.isJson) entries.push(entry);
      else await output.line(shown(entry, flags.long === true));
    }
    return { json: { storage: alias, entries } };
  },
});

interface Entry {
  readonly kind: 'directory' | 'object';
  readonly name: string;
  readonly size?: number;
  readonly modifiedAt?: Date;
}

async function* level(storage: FileStorage, prefix: string): AsyncGenerator<Entry> {
  const { directories, files } = await storage.list(prefix);
  const parent = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  for (const name of directories) yield { kind: 'directory', name: `${parent}${name}/` };
  yield* files.map(entryOf);
}

async function* below(storage: FileStorage, prefix: string): AsyncGenerator<Entry> {
  for await (const stat of storage.walk(prefix)) yield entryOf(stat);
}

function entryOf({ name, size, modifiedAt }: FileStat): Entry {
  return { kind: 'object', name, size, modifiedAt };
}

function shown({ name, size, modifiedAt }: Entry, isLong: boolean): string {
  if (!isLong) return name;
  const bytes = size === undefined ? '' : humanSize(size);
  const time = modifiedAt?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '';
  return `${bytes.padStart(9)}  ${time.padEnd(20)}  ${name}`;
}
