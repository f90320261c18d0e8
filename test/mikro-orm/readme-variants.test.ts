import { defineStorages, FieldFile, FileSystemStorage, resize } from '@filefield/core';
import { sharpEngine } from '@filefield/core/sharp';
import { fileFields, imageField } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

// #region declare
const User = defineEntity({
  name: 'User',
  properties: (p) => ({
    id: p.integer().primary(),
    avatar: imageField({
      uploadTo: 'avatars/',
      variants: {
        thumb: resize(200, 200), // cut to fill the square, WebP
        card: resize(640, 480, 'inside', { type: 'image/avif' }),
      },
      placeholder: true,
    }).nullable(),
  }),
});
// #endregion

it(
  'the README of @filefield/mikro-orm shows how variants are made',
  { timeout: 60_000 },
  async () => {
    const { url: clientUrl } = await createDatabase();
    const location = await temporaryDirectory();
    const local = new FileSystemStorage({ location, baseUrl: '/media/', visibility: 'public' });
    const storages = defineStorages({ default: () => local });
    const keys = ['the secret that signs the URLs of this test'];
    const dimensions = { width: 800, height: 600, channels: 3, background: '#2a6' } as const;
    const photo = await sharp({ create: dimensions }).jpeg().toBuffer();

    // #region engine
    const files = fileFields({
      storages,
      keys, // sign the URLs below baseUrl
      variants: { engine: sharpEngine(), baseUrl: '/variants/' },
    });
    // #endregion
    const orm = await MikroORM.init({ clientUrl, entities: [User], extensions: [files] });
    onTestFinished(() => files.close().then(() => orm.close(true)));
    await orm.schema.update();
    const em = orm.em.fork();

    // #region use
    const user = em.create(User, { avatar: FieldFile.from(photo, { filename: 'me.jpg' }) });
    await em.flush(); // the worker makes the variants now, in a second or two

    const early = user.avatar!.getUrl({ variant: 'thumb' }); // /variants/…: made when it is asked for
    // #endregion
    await expect.poll(async () => await workOf(orm), { timeout: 30_000 }).toEqual([]);

    // #region later
    const { avatar } = await orm.em.fork().findOneOrFail(User, user.id);
    const url = avatar!.getUrl({ variant: 'thumb' }); // of the object, without a request
    const { width, height } = avatar!.toRow().variants!['card']!;
    // #endregion

    // #region regenerate
    const report = await files.regenerateVariants(User, 'avatar', { concurrency: 2 });
    // #endregion

    expect(early).toMatch(/^\/variants\/.+\/thumb-[0-9a-f]{20}\.webp$/);
    expect(url).toMatch(/^\/media\/avatars\/me_\w+\.jpg\.v\/thumb-[0-9a-f]{20}\.webp$/);
    expect([width, height]).toEqual([640, 480]);
    expect(avatar!.placeholder).toMatch(/^[\w+/]+=*$/);
    expect(report).toMatchObject({ rows: 0, isComplete: true });
    const made = await sharp(await new Response(await local.open(url.slice(7))).bytes()).metadata();
    expect(made).toMatchObject({ format: 'webp', width: 200, height: 200 });
  },
);

async function workOf(orm: MikroORM): Promise<object[]> {
  return await orm.em.execute('select * from file_variant_work');
}
