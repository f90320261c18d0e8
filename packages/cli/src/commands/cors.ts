import { defineCommand, type Command } from '../command.ts';
import { UsageError } from '../errors/cli-error.ts';
import { s3Package } from '../s3-package.ts';

/** `filefield cors`: the CORS rules of a bucket. */
export const cors: Command = defineCommand({
  name: 'cors',
  summary: 'Prints the CORS rules that a bucket needs for pages of other origins',
  flags: {
    origin: { type: 'texts', value: 'URL', summary: 'Where the pages come from' },
    'read-only': { type: 'boolean', summary: 'They read, and upload nothing' },
    'max-age': {
      type: 'integer',
      value: 'SECONDS',
      summary: 'How long a browser need not ask again. Default: 3600',
    },
  },
  examples: [
    [
      '--origin https://app.example.com > cors.json',
      'For aws s3api put-bucket-cors --bucket … --cors-configuration file://cors.json',
    ],
  ],
  async run({ flags }) {
    const { origin: origins, 'read-only': readOnly, 'max-age': maxAge } = flags;
    if (origins === undefined) {
      throw new UsageError('Cannot write CORS rules: pass --origin https://app.example.com');
    }
    const { corsRules } = await s3Package();
    const rules = corsRules({ origins, uploads: readOnly !== true, maxAge });
    return { json: rules, lines: JSON.stringify(rules, undefined, 2).split('\n') };
  },
});
