import { FieldFile } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import { iamPolicy } from '@filefield/s3';
import { MikroORM } from '@mikro-orm/postgresql';
import { Profile } from './profile.ts';
import { storages } from './storages.ts';

const { DATABASE_URL = 'postgresql://127.0.0.1/example', APP_ENVIRONMENT = 'development' } =
  process.env;

// The buckets belong to this environment and database: no other deletes anything there.
const files = fileFields({
  storages,
  environment: APP_ENVIRONMENT,
  worker: 'manual', // so that this program can wait for it
  grace: '0ms',
});
await using orm = await MikroORM.init({
  clientUrl: DATABASE_URL,
  entities: [Profile],
  extensions: [files],
});
await orm.schema.update();
await files.ready(); // the keys are known, the buckets are there and ours

const em = orm.em.fork();
const profile = em.create(Profile, {
  username: 'ada',
  avatar: FieldFile.fromPath(shipped('lighthouse.png')),
  document: FieldFile.fromPath(shipped('agreement.pdf')),
});
await em.flush();

const { avatar, document } = await em.fork().findOneOrFail(Profile, { id: profile.id });
if (!avatar || !document) throw new Error('the files are not in the row');
print('Saved, with one flush:');
print(`  avatar    ${avatar.size} bytes, ${avatar.type}, ${avatar.url}`);
print(`  document  ${document.size} bytes, ${document.type}, ${document.url}`);

print('What browsers get:');
print(`  avatar                           ${await fetched(avatar.url)}`);
print(`  document                         ${await fetched(document.url)}`);
print(`  document, without its signature  ${await fetched(document.url.replace(/\?.*/, ''))}`);

const sizes = await Array.fromAsync(document.chunks(300), (chunk) => chunk.length);
print(`Read in chunks: ${sizes.join(' + ')} bytes`);

profile.avatar = avatar.renamed('portrait.png');
await em.flush();
print(`Renamed: ${profile.avatar.url}`);

await em.remove(profile).flush();
const { reclaimed } = await files.worker.drain();
print(`Removed: ${reclaimed} objects were deleted`);

print('What the role of this application has to be allowed:');
print(JSON.stringify(iamPolicy(storages), undefined, 2));
await files.close();

async function fetched(url: string): Promise<string> {
  const { status, headers } = await fetch(url);
  const shown = [status, headers.get('content-type'), headers.get('cache-control')];
  return shown.filter((value) => value !== null).join(', ');
}

function shipped(file: string): URL {
  return new URL(`../../01-first-file/files/${file}`, import.meta.url);
}

function print(line: string): void {
  console.log(line);
}
