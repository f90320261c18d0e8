import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import { fileFields, imageField } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import { expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { png } from '../support/image-bytes.ts';

// #region declare
const Member = defineEntity({
  name: 'Member',
  properties: (p) => ({
    id: p.integer().primary(),
    photo: imageField({ uploadTo: 'photos/', maxSize: 10_000_000, widthProperty: 'photoWidth' }),
    photoWidth: p.integer(),
  }),
});
// #endregion

it('the README of @filefield/mikro-orm shows how images are measured', async () => {
  const { url: clientUrl } = await createDatabase();
  const storages = defineStorages({ default: () => new MemoryStorage() });
  const files = fileFields({ storages, worker: 'manual' });
  const orm = await MikroORM.init({ clientUrl, entities: [Member], extensions: [files] });
  onTestFinished(() => orm.close(true));
  await orm.schema.update();
  const em = orm.em.fork();
  const bytes = png({ width: 1200, height: 800 });

  // #region use
  const member = em.create(Member, {
    photo: FieldFile.from(bytes, { filename: 'me.png' }),
    photoWidth: 0, // the flush knows better
  });
  await em.flush();

  const { width, height } = member.photo; // from the row, without a request
  const wide = await em.find(Member, { photoWidth: { $gte: 1000 } });
  // #endregion

  expect([width, height, wide.length]).toEqual([1200, 800, 1]);
});
