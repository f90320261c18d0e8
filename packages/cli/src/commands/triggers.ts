import { defineCommand, type Command } from '../command.ts';
import { UsageError } from '../errors/cli-error.ts';

/** `filefield triggers`: the statements that make the journal follow a table. */
export const triggers: Command = defineCommand({
  name: 'triggers',
  summary:
    'Prints the statements that make the journal follow tables which MikroORM does not manage',
  description: [
    'Without --table those of the tables of the project, which its schema updates and migrations have',
    'already. To be run by the owner of the table, once or again, where the journal is there.',
  ],
  flags: {
    sql: { type: 'boolean', summary: 'Prints SQL, which is what it does anyway' },
    table: { type: 'text', value: 'schema.table', summary: 'The table' },
    column: { type: 'texts', value: 'NAME', summary: 'A column with files' },
    storage: {
      type: 'text',
      value: 'ALIAS',
      summary:
        'The columns hold names of objects there. Default: they hold the json of a file field',
    },
    reclaim: {
      type: 'boolean',
      summary:
        'Files that vanish from a column of names are deleted. Default: kept, names may be used again',
    },
    variants: {
      type: 'boolean',
      summary: 'The columns list variants, as those of image fields do',
    },
  },
  examples: [
    ['--sql --table legacy.profile --column picture --storage media | psql', 'A table of Django'],
    ['--sql --table report --column file', 'A table that other programs write file fields to'],
  ],
  async run({ flags, project }) {
    const opened = await project();
    const files = await opened.discovered();
    const table = flags.table === undefined ? undefined : tableOf(flags.table);
    const { column: columns = [], storage, reclaim, variants } = flags;
    const isAbout = [columns.length > 0, storage !== undefined, reclaim, variants].includes(true);
    if (table === undefined && isAbout) {
      throw new UsageError(
        'Cannot write triggers: --column, --storage, --reclaim and --variants need --table',
      );
    }
    if (table !== undefined && columns.length === 0) {
      throw new UsageError(`Cannot write triggers of ${flags.table}: pass --column NAME`);
    }
    if (storage !== undefined) await opened.storage(storage);
    const onDelete = reclaim ? 'reclaim' : undefined;
    const shared = { storage, onDelete, variants } as const;
    const statements = files.triggerSql(
      table && { ...table, columns: columns.map((column) => ({ column, ...shared })) },
    );
    return { json: { statements }, lines: statements.map((statement) => `${statement};`) };
  },
});

function tableOf(given: string): { readonly schema?: string; readonly table: string } {
  const [first = '', second, ...more] = given.split('.');
  if (first === '' || second === '' || more.length > 0) {
    throw new UsageError(
      `Cannot use ${JSON.stringify(given)} as a table: write table or schema.table`,
    );
  }
  return second === undefined ? { table: first } : { schema: first, table: second };
}
