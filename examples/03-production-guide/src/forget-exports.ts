import { MikroORM } from '@mikro-orm/postgresql';
import { MemberExport } from './member-export.ts';
import config, { files } from './mikro-orm.config.ts';

// For a cron job. No loop over files: the objects of rows that vanish are reclaimed, whatever deletes them.
const weekInMilliseconds = 7 * 24 * 60 * 60 * 1000;

await using orm = await MikroORM.init(config);
const isOld = { createdAt: { $lt: new Date(Date.now() - weekInMilliseconds) } };
const forgotten = await orm.em.fork().nativeDelete(MemberExport, isOld);
console.log(`Forgot ${forgotten} exports`);
await files.close();
