/** What a deployment says. Keys of S3 are not among them: a role has them, or the variables that the AWS SDK reads. */
interface Settings {
  readonly databaseUrl: string;
  readonly organization: string;
  readonly project: string;
  readonly environment: string;
  /** `2`: static files, and all that is private; `3`: exports apart from uploads. */
  readonly buckets: '2' | '3';
  readonly region: string;
  /** Of a server that is not AWS. */
  readonly endpoint: string | undefined;
  /** Host or URL of the network before the static bucket; the bucket itself where there is none. */
  readonly staticDomain: string | undefined;
  /** Where uploads are, see `storages.ts`. */
  readonly media: 'disk' | 'moving' | 'bucket' | 'returning';
  /** Uploads on the disk. */
  readonly directory: string;
  /** Sign the URLs of the disk. */
  readonly keys: readonly string[];
}

const { env } = process;

export const settings: Settings = {
  databaseUrl: env['DATABASE_URL'] ?? 'postgresql://127.0.0.1/guide',
  organization: env['ORGANIZATION'] ?? 'acme',
  project: 'guide',
  environment: env['APP_ENVIRONMENT'] ?? 'dev',
  buckets: oneOf('BUCKETS', ['2', '3'], '3'),
  region: env['AWS_REGION'] ?? 'us-east-1',
  endpoint: env['S3_ENDPOINT'],
  staticDomain: env['STATIC_DOMAIN'],
  media: oneOf('MEDIA', ['disk', 'moving', 'bucket', 'returning'], 'disk'),
  directory: env['MEDIA_DIRECTORY'] ?? './media',
  keys: (env['APP_KEYS'] ?? 'a key that only this machine may use').split(','),
};

function oneOf<const Value extends string>(
  variable: string,
  values: readonly Value[],
  usual: Value,
): Value {
  const given = env[variable] ?? usual;
  const found = values.find((value) => value === given);
  if (found !== undefined) return found;
  throw new TypeError(`Cannot use ${variable}=${given}: it is one of ${values.join(', ')}`);
}
