/**
 * A process of its own that saves one name ten times at once, `node writer-child.ts <options> <text>`, and prints the
 * names it got with the SHA-256 of what it wrote.
 */
import { S3Storage } from '../../packages/s3/src/index.ts';

const [options = '{}', text = ''] = process.argv.slice(2);
const { endpoint, region, credentials, bucket, prefix } = JSON.parse(options);
const storage = new S3Storage({ endpoint, region, credentials, bucket, prefix });

const stored = await Promise.all(
  Array.from({ length: 10 }, (_, index) =>
    storage.save('race/same.txt', `${text} ${index} `.repeat(1000)),
  ),
);
process.stdout.write(JSON.stringify(stored.map(({ name, sha256 }) => [name, sha256])));
await storage.close();
