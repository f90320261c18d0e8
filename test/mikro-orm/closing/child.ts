import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';

/** Saves a file, inside a transaction too, and ends without closing anything: `node child.ts URL auto|manual [close]`. */
const [clientUrl = '', worker = 'auto', close] = process.argv.slice(2);

const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({ id: p.integer().primary(), file: fileField().nullable() }),
});

const files = fileFields({
  storages: defineStorages({ default: () => new MemoryStorage() }),
  worker: worker === 'manual' ? 'manual' : 'auto',
  grace: '0ms',
});
const orm = await MikroORM.init({
  clientUrl,
  entities: [Doc],
  extensions: [files],
  // Otherwise the main pool alone keeps a process for ten seconds, with or without file fields.
  driverOptions: { allowExitOnIdle: true },
  logger: (message) => process.stderr.write(`${message}\n`),
});
await orm.schema.create();
const doc = await orm.em.fork().transactional(async (em) => {
  const created = em.create(Doc, { file: FieldFile.from('hello', { filename: 'a.txt' }) });
  await em.flush();
  return created;
});
const em = orm.em.fork();
await em.remove(em.getReference(Doc, doc.id)).flush();
if (close === 'close') await orm.close();
process.stdout.write('done');
