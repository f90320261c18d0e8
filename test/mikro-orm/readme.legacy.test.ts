import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { workspace } from '../support/packed-packages.ts';
import { createDatabase } from '../support/database.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
// #region declare
import { FieldFile, FileSystemStorage, defineStorages } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import { FileField } from '@filefield/mikro-orm/legacy';
import { Entity, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { MikroORM } from '@mikro-orm/postgresql';

const storages = defineStorages({
  photos: () =>
    new FileSystemStorage({ location: './media', baseUrl: '/media/', visibility: 'public' }),
});

@Entity()
class User {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @FileField({ storage: 'photos', uploadTo: 'avatars/' })
  avatar?: FieldFile | null;
}
// #endregion

const database = await createDatabase();

describe('the smallest example', () => {
  it('saves, reads, renames and deletes', async () => {
    const clientUrl = database.url;
    const location = await temporaryDirectory();
    const photo = join(workspace, 'examples/01-first-file/files/lighthouse.png');
    const options = { baseUrl: '/media/', visibility: 'public' } as const;
    onTestFinished(storages.override({ photos: new FileSystemStorage({ location, ...options }) }));
    const received: Uint8Array[] = [];

    // #region use
    const files = fileFields({ storages });
    await using orm = await MikroORM.init({ clientUrl, entities: [User], extensions: [files] });
    await orm.schema.update();
    const em = orm.em.fork();

    const user = em.create(User, { avatar: FieldFile.fromPath(photo) });
    await em.flush(); // uploads, then inserts

    const { url, size, type } = user.avatar!; // from the row, without a request
    for await (const chunk of user.avatar!.chunks(10_000)) received.push(chunk);

    user.avatar = user.avatar!.renamed('portrait.png');
    await em.flush(); // copies on the storage's side, then updates

    user.avatar = null;
    await em.flush(); // updates; the objects are deleted when their grace is over
    // #endregion

    expect(url).toMatch(/^\/media\/avatars\/lighthouse_[0-9a-z]{22}\.png$/);
    expect({ size, type, parts: received.map(({ length }) => length) }).toEqual({
      size: 34_373,
      type: 'image/png',
      parts: [10_000, 10_000, 10_000, 4373],
    });
    expect(await orm.em.getConnection().execute('select avatar from "user"')).toEqual([
      { avatar: null },
    ]);
  });
});
