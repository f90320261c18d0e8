import { objectArgument } from '../arguments/object-argument.ts';
import { defineCommand, type Command } from '../command.ts';

/** `filefield stat`: what a storage knows of an object. */
export const stat: Command = defineCommand({
  name: 'stat',
  summary: 'Tells what a storage knows of an object',
  synopsis: 'ALIAS:name',
  arguments: { least: 1, most: 1 },
  flags: {},
  examples: [['private:avatars/me.png', 'Its size, type, time and checksum']],
  async run({ positionals: [argument = ''], project }) {
    const { alias, name } = objectArgument(argument);
    const storage = await (await project()).storage(alias);
    const found = { storage: alias, ...(await storage.stat(name)) };
    const lines = Object.entries(found).map(([key, value]) => `${key}: ${shown(value)}`);
    return { json: found, lines };
  },
});

function shown(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
