/**
 * What is done at the provider, by an administrator: here with the SDK, elsewhere in the console, with Terraform, or with
 * `aws s3api`, which takes the same JSON.
 *
 * `provider create BUCKET…` makes buckets, `provider configure` makes them what `filefield bucket-config` says, and
 * `provider allow` lets `APP_PRINCIPAL`, the ARN of the application's role, do what `filefield iam-policy` says.
 */
import { json } from 'node:stream/consumers';
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { BucketConfiguration, IamPolicy } from '@filefield/s3';

const { AWS_REGION: region = 'us-east-1', S3_ENDPOINT: endpoint, APP_PRINCIPAL } = process.env;
const client = new S3Client({
  region,
  ...(endpoint !== undefined && {
    endpoint,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  }),
});

const [command, ...given] = process.argv.slice(2);
if (command === 'create') await create(given);
else if (command === 'configure') await configureAll(await sent<BucketConfiguration[]>());
else if (command === 'allow') await allow(await sent<IamPolicy>());
else throw new TypeError('Usage: provider create BUCKET… | provider configure | provider allow');

async function create(buckets: readonly string[]): Promise<void> {
  for (const Bucket of buckets) {
    await client.send(new CreateBucketCommand({ Bucket }));
    console.log(`${Bucket} is there`);
  }
}

async function configureAll(configurations: readonly BucketConfiguration[]): Promise<void> {
  for (const configuration of configurations) await configure(configuration);
}

async function configure(configuration: BucketConfiguration): Promise<void> {
  const cors = configuration['put-bucket-cors'];
  const policy = configuration['put-bucket-policy'];
  // Ceph refuses these two, and every write of a bucket that has the first.
  if (endpoint === undefined) {
    await client.send(new PutPublicAccessBlockCommand(configuration['put-public-access-block']));
    await client.send(new PutBucketEncryptionCommand(configuration['put-bucket-encryption']));
  }
  await client.send(new PutBucketVersioningCommand(configuration['put-bucket-versioning']));
  const lifecycle = configuration['put-bucket-lifecycle-configuration'];
  await client.send(new PutBucketLifecycleConfigurationCommand(lifecycle));
  if (cors) await client.send(new PutBucketCorsCommand(cors));
  if (policy) await client.send(new PutBucketPolicyCommand(policy));
  console.log(`${lifecycle.Bucket} is as it should be`);
}

/** What the role may do, as the policies of the buckets say it: nobody needs rights on roles for that. */
async function allow({ Statement: statements }: IamPolicy): Promise<void> {
  const buckets = new Set(statements.flatMap(({ Resource }) => Resource.map(bucketOf)));
  for (const Bucket of buckets) {
    const own = statements
      .map((statement) => ({
        ...statement,
        Sid: `Application${statement.Sid}`,
        Principal: { AWS: [APP_PRINCIPAL] },
        // A policy with an action that Ceph does not know is refused.
        Action: statement.Action.filter((action) => action !== 's3:GetEncryptionConfiguration'),
        Resource: statement.Resource.filter((resource) => bucketOf(resource) === Bucket),
      }))
      .filter(({ Resource }) => Resource.length > 0);
    const others = (await policyOf(Bucket)).filter(({ Sid }) => !Sid.startsWith('Application'));
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [...others, ...own] });
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    console.log(`The application may use ${Bucket}`);
  }
}

async function policyOf(Bucket: string): Promise<{ Sid: string }[]> {
  try {
    const { Policy = '{"Statement":[]}' } = await client.send(
      new GetBucketPolicyCommand({ Bucket }),
    );
    return (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchBucketPolicy') return [];
    throw error;
  }
}

/** `arn:aws:s3:::acme-guide-prod-media/media/*` is about `acme-guide-prod-media`. */
function bucketOf(arn: string): string {
  return arn.split(/[:/]/)[5] ?? '';
}

async function sent<Document>(): Promise<Document> {
  return (await json(process.stdin)) as Document;
}
