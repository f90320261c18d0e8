import type { FileStorage } from '@filefield/core';
import { partsOf } from '@filefield/core/binding';
import { defineCommand, type Command, type CommandContext } from '../command.ts';
import { UsageError } from '../errors/cli-error.ts';
import { storagesOnS3 } from '../on-s3.ts';
import { s3Package } from '../s3-package.ts';

/** `filefield bucket-config`: how buckets should be. */
export const bucketConfig: Command = defineCommand({
  name: 'bucket-config',
  summary: 'Prints how the buckets should be: access, versions, encryption, lifecycle, policy',
  synopsis: '[ALIAS…]',
  arguments: { least: 0, most: Infinity },
  description: [
    'An array, one element for each bucket. Each member is the input of the command of aws s3api that it',
    'is named after. Nothing is created or changed.',
  ],
  flags: {
    origin: {
      type: 'texts',
      value: 'URL',
      summary: 'Pages that upload, or read with scripts: adds CORS rules',
    },
    'keep-versions': {
      type: 'integer',
      value: 'DAYS',
      summary: 'How long older versions stay. Default: 30',
    },
    'abort-uploads': {
      type: 'integer',
      value: 'DAYS',
      summary: 'When parts of unfinished uploads go. Default: 7',
    },
    'expire-after': {
      type: 'texts',
      value: 'ALIAS=DAYS',
      summary: 'When every object of a storage goes: for exports whose rows go before',
    },
    cloudfront: {
      type: 'texts',
      value: 'ARN',
      summary: 'A distribution that reads in place of everybody',
    },
  },
  examples: [
    [
      'private | jq \'.[0]."put-bucket-versioning"\' > versioning.json',
      'For aws s3api put-bucket-versioning --cli-input-json file://versioning.json',
    ],
    ['private exports --expire-after exports=14', 'The bucket itself empties one of them'],
    ['private --origin https://app.example.com', 'With CORS rules for uploads of its pages'],
  ],
  async run(context) {
    const { origin, cloudfront } = context.flags;
    const storages = await storagesOnS3(context);
    const s3 = await s3Package();
    const configurations = s3.bucketConfigurations(storages, {
      origins: origin,
      cloudfront,
      keepVersions: context.flags['keep-versions'],
      abortUploads: context.flags['abort-uploads'],
      expireAfter: daysByAlias(context.flags['expire-after'] ?? []),
    });
    for (const alias of await others(context, storages)) {
      context.output.warn(
        `Storage ${JSON.stringify(alias)} shares a bucket with these: name it too, or what it needs is lost when this is applied`,
      );
    }
    return {
      json: configurations,
      lines: JSON.stringify(configurations, undefined, 2).split('\n'),
    };
  },
});

/** The aliases that lie in the same buckets and were not asked for: applying replaces the whole of a setting. */
async function others(
  { positionals, project }: CommandContext<unknown>,
  chosen: readonly FileStorage[],
): Promise<string[]> {
  if (positionals.length === 0) return [];
  const { S3Storage } = await s3Package();
  const rootsOf = (storage: FileStorage): string[] =>
    partsOf(storage)
      .filter((part) => part instanceof S3Storage)
      .map(({ location, prefix }) => location.slice(0, location.length - prefix.length));
  const buckets = new Set(chosen.flatMap(rootsOf));
  const locations = new Set(chosen.flatMap(partsOf).map(({ location }) => location));
  const { storages } = (await project()).files;
  return storages.aliases.filter((alias) => {
    const one = storages.get(alias);
    const isNamed = partsOf(one).every(({ location }) => locations.has(location));
    return !isNamed && rootsOf(one).some((root) => buckets.has(root));
  });
}

/** @throws {@link UsageError} when one is not `ALIAS=DAYS`. */
function daysByAlias(texts: readonly string[]): Record<string, number> {
  const entries = texts.map((text) => {
    const [, alias = '', days] = /^(.+)=(\d+)$/.exec(text) ?? [];
    if (days !== undefined) return [alias, Number(days)] as const;
    throw new UsageError(
      `Cannot use ${JSON.stringify(text)} as --expire-after: write an alias and days, such as exports=14`,
    );
  });
  return Object.fromEntries(entries);
}
