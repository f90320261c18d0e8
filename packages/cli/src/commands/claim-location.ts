import { defineCommand, type Command } from '../command.ts';

/** `filefield claim-location`: makes locations belong to this deployment. */
export const claimLocation: Command = defineCommand({
  name: 'claim-location',
  summary: 'Makes the location of a storage belong to this deployment, whoever had it before',
  synopsis: 'ALIAS…',
  arguments: { least: 1, most: Infinity },
  description: [
    'From then on the workers of this environment and database delete there, and no others.',
  ],
  flags: {},
  examples: [
    ['private', 'After a database was restored under another journal, or a bucket was taken over'],
  ],
  async run({ positionals, project, confirm }) {
    const opened = await project();
    const storages = await opened.chosen(positionals);
    const places = storages.map(({ location }) => location).join(', ');
    const warning = `This will take ${places} from the deployment that it belongs to, whose workers will stop deleting there!`;
    await confirm({ warning, cancelled: 'Nothing was claimed.' });
    const files = await opened.connected();
    for (const alias of positionals) await files.claimLocation(alias);
    const claimed = positionals.map((alias, index) => ({
      storage: alias,
      location: storages[index]?.location,
    }));
    return {
      json: { claimed },
      lines: claimed.map(({ storage, location }) => `${storage}: ${location} is ours`),
    };
  },
});
