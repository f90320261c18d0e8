import { PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3';
import { corsRules } from '@filefield/s3';

/** Lets pages of an origin upload to the bucket; run once for each bucket: `pnpm allow-browsers http://127.0.0.1:3000`. */
const { FILEFIELD_S3_BUCKET, FILEFIELD_S3_REGION, FILEFIELD_S3_ENDPOINT } = process.env;
const client = new S3Client({
  region: FILEFIELD_S3_REGION ?? 'us-east-1',
  ...(FILEFIELD_S3_ENDPOINT && { endpoint: FILEFIELD_S3_ENDPOINT, forcePathStyle: true }),
});
const origins = process.argv.slice(2);
const CORSConfiguration = corsRules({ origins });
await client.send(new PutBucketCorsCommand({ Bucket: FILEFIELD_S3_BUCKET, CORSConfiguration }));
console.log(`Pages of ${origins.join(', ')} may upload to ${FILEFIELD_S3_BUCKET}`);
