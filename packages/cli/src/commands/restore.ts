import type { FieldFile } from '@filefield/core';
import { objectArgument } from '../arguments/object-argument.ts';
import { fieldArgument } from '../arguments/field-argument.ts';
import { defineCommand, type Command } from '../command.ts';
import { UsageError } from '../errors/cli-error.ts';
import type { Project } from '../project/project.ts';

/** `filefield restore`: brings back an object that its row let go of. */
export const restore: Command = defineCommand({
  name: 'restore',
  summary: 'Keeps an object that its row let go of, and gives it to a row again',
  synopsis: 'ALIAS:name',
  arguments: { least: 1, most: 1 },
  description: [
    'Works as long as its grace lasts. Without --to the object is only kept for an uploadTimeout longer,',
    'and what the row has to hold is printed.',
  ],
  flags: {
    to: { type: 'text', value: 'Entity.property', summary: 'The field that gets the file' },
    id: { type: 'text', value: 'KEY', summary: 'The primary key of the row that gets it' },
  },
  examples: [
    [
      'private:avatars/me_0a1b2c.png --to User.avatar --id 7',
      'Makes it the avatar of user 7 again',
    ],
    ['private:avatars/me_0a1b2c.png --json', 'Prints the value for a statement of your own'],
  ],
  async run({ positionals: [argument = ''], flags: { to, id }, project }) {
    const { alias, name } = objectArgument(argument);
    if ((to === undefined) !== (id === undefined)) {
      throw new UsageError(
        'Cannot restore to a row: --to Entity.property and --id KEY go together',
      );
    }
    const opened = await project();
    await opened.storage(alias);
    const files = await opened.connected();
    const file = await files.restore({ storage: alias, name });
    if (to !== undefined && id !== undefined) await assign(file, { to, id, project: opened });
    const done =
      to === undefined ? 'is kept for now, assign it to a row' : `is ${to} of ${id} again`;
    return {
      json: { storage: alias, name, to, id, value: file.toRow() },
      lines: [`${alias}:${name} ${done}`],
    };
  },
});

async function assign(
  file: FieldFile,
  { to, id, project }: { readonly to: string; readonly id: string; readonly project: Project },
): Promise<void> {
  const orm = await project.orm();
  const { entity, property } = fieldArgument(to, orm.getMetadata());
  if (property.includes('.')) {
    const fix = 'Leave --to out, and write the value that is printed';
    throw new UsageError(`Cannot restore to ${to}: it lies in an embeddable`, fix);
  }
  const em = orm.em.fork();
  const row = await em.findOne(entity, id);
  if (row === null) {
    throw new UsageError(`Cannot restore to ${to}: there is no row ${JSON.stringify(id)}`);
  }
  row[property] = file;
  await em.flush();
}
