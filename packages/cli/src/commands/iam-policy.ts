import { defineCommand, type Command } from '../command.ts';
import { storagesOnS3 } from '../on-s3.ts';
import { s3Package } from '../s3-package.ts';

/** `filefield iam-policy`: the policy that an application's role needs. */
export const iamPolicy: Command = defineCommand({
  name: 'iam-policy',
  summary:
    'Prints the least that the role of the application must be allowed, for all of its buckets',
  synopsis: '[ALIAS…]',
  arguments: { least: 0, most: Infinity },
  flags: {
    probe: { type: 'boolean', summary: 'Also what filefield check reads of the buckets' },
    versions: { type: 'boolean', summary: 'Also older versions of objects' },
  },
  examples: [['> policy.json', 'For aws iam put-role-policy --policy-document file://policy.json']],
  async run(context) {
    const { probe, versions } = context.flags;
    const storages = await storagesOnS3(context);
    const policy = (await s3Package()).iamPolicy(storages, { probe, versions });
    return { json: policy, lines: JSON.stringify(policy, undefined, 2).split('\n') };
  },
});
