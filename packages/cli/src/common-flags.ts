import type { Flags } from './arguments/flag.ts';

/** The flags that every command has. */
export const commonFlags: Flags = {
  config: {
    type: 'text',
    value: 'PATH',
    summary: 'The configuration of MikroORM. Default: where its own command finds it',
  },
  context: {
    type: 'text',
    value: 'NAME',
    summary: 'Which of several configurations in the file. Default: default',
  },
  json: { type: 'boolean', summary: 'One JSON document on stdout, and nothing else' },
  quiet: { type: 'boolean', short: 'q', summary: 'No progress, only the result' },
  verbose: { type: 'boolean', summary: 'Tells more; of errors where they come from' },
  yes: { type: 'boolean', short: 'y', summary: 'Does not ask' },
  help: { type: 'boolean', short: 'h', summary: 'This help' },
};
