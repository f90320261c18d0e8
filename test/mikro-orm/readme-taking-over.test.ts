import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { S3Storage, probe } from '@filefield/s3';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';

// #region former
const Member = defineEntity({
  name: 'Member',
  tableName: 'club_member',
  properties: (p) => ({
    id: p.bigint('number').primary().generated('by default as identity'),
    oldAvatar: p.string().length(100).fieldName('avatar'), // as Django made it
    avatar: fileField({ storage: 'media', uploadTo: 'avatars/' })
      .fieldName('avatar_file')
      .nullable(),
  }),
});
// #endregion

/** The table with one member whose avatar Django has kept. */
async function openClub() {
  const { url: clientUrl } = await createDatabase();
  const media = new MemoryStorage();
  await media.save('avatars/me.txt', 'hello');
  const files = fileFields({ storages: defineStorages({ media: () => media }), worker: 'manual' });
  const orm = await MikroORM.init({ clientUrl, entities: [Member], extensions: [files] });
  onTestFinished(() => orm.close(true));
  await orm.schema.update();
  await orm.em
    .getConnection()
    .execute(`insert into club_member (avatar) values ('avatars/me.txt')`);
  return { files, orm };
}

describe('the README of @filefield/mikro-orm shows how to', () => {
  it('take over a table', async () => {
    const { files, orm } = await openClub();

    // #region adopt
    const plan = await files.adopt(Member, 'avatar', { column: 'avatar', dryRun: true });
    const { adopted, problems, isComplete } = await files.adopt(Member, 'avatar', {
      column: 'avatar',
    });
    // #endregion

    expect([plan.adopted, adopted, problems, isComplete]).toEqual([1, 1, [], true]);
    const { avatar } = await orm.em.fork().findOneOrFail(Member, 1);
    expect(avatar?.size).toBe(5);
  });

  it('fill in what rows do not tell', async () => {
    const { files } = await openClub();
    await files.adopt(Member, 'avatar', { column: 'avatar', checksum: false });

    // #region backfill
    const { filled } = await files.backfill(Member, 'avatar');
    // #endregion

    expect(filled).toBe(1);
  });

  it('check an application', async () => {
    const { files } = await openClub();
    const lines: string[] = [];

    // #region check
    const { isGood, findings } = await files.check({
      probe: async (storage) => (storage instanceof S3Storage ? await probe(storage) : undefined),
    });
    for (const { subject, state, message, breaks, fix } of findings) {
      if (state !== 'good') lines.push([subject, message, breaks, fix].join('\n'));
    }
    // #endregion

    expect(isGood).toBe(true);
    expect(lines.map((line) => line.split('\n')[0])).toEqual([
      'environment',
      'storage "media": urls',
    ]);
  });
});
