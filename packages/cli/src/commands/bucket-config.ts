import { defineCommand, type Command } from '../command.ts';
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
      type: 'integer',
      value: 'DAYS',
      summary: 'When every object goes: for exports, which no row refers to',
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
    ['private --origin https://app.example.com', 'With CORS rules for uploads of its pages'],
  ],
  async run(context) {
    const { origin, cloudfront } = context.flags;
    const storages = await storagesOnS3(context);
    const configurations = (await s3Package()).bucketConfigurations(storages, {
      origins: origin,
      cloudfront,
      keepVersions: context.flags['keep-versions'],
      abortUploads: context.flags['abort-uploads'],
      expireAfter: context.flags['expire-after'],
    });
    return {
      json: configurations,
      lines: JSON.stringify(configurations, undefined, 2).split('\n'),
    };
  },
});
