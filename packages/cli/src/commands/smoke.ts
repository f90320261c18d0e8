import { smokeTest, type SmokeReport } from '@filefield/core';
import { defineCommand, type Command } from '../command.ts';

/** `filefield smoke`: tries storages with a small object. */
export const smoke: Command = defineCommand({
  name: 'smoke',
  summary: 'Stores a small object, reads it back, fetches its URL and deletes it',
  synopsis: 'ALIAS…',
  arguments: { least: 1, most: Infinity },
  description: [
    'A private object must be refused without its signature. An object that a kill leaves lies below',
    'filefield-smoke/, and is an orphan to reconcile.',
  ],
  flags: {
    'base-url': {
      type: 'text',
      value: 'URL',
      summary: 'Where the application serves URLs that are paths of its own site',
    },
  },
  examples: [
    ['private static', 'Tries two storages; exit code 1 when a step fails'],
    ['local --base-url http://localhost:3000', 'With the application running'],
  ],
  resume: 'The object that it stored is removed',
  async run({ positionals, flags, output, project, signal }) {
    const opened = await project();
    const storages = await opened.chosen(positionals);
    const reports: SmokeReport[] = [];
    for (const storage of storages) {
      const report = await smokeTest(storage, { baseUrl: flags['base-url'], signal });
      for (const { step, state, message } of report.steps) {
        await output.finding(`${storage.alias ?? ''} ${step}`, state, message);
      }
      reports.push(report);
    }
    return { json: reports, isBad: reports.some(({ isGood }) => !isGood) };
  },
});
