import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import type { MikroORM } from '@mikro-orm/postgresql';
import { text } from '../support.ts';

export const UserSchema = defineEntity({
  name: 'User',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    avatar: fileField({ uploadTo: 'avatars/' }).nullable(),
    contract: fileField().nullable().lazy(),
    secret: fileField().nullable().hidden(),
    logo: fileField({ storage: 'public' }).nullable(),
    version: p.integer().version(),
  }),
});

export class User extends UserSchema.class {}
UserSchema.setClass(User);

/** A user with a file in every field, written by another entity manager. */
export async function saveUser(orm: MikroORM, name = 'Ann'): Promise<User> {
  const em = orm.em.fork();
  const user = em.create(User, {
    name,
    avatar: text('me.txt', 'it is me'),
    contract: text('contract.txt'),
    secret: text('secret.txt'),
    logo: text('logo.txt'),
  });
  await em.flush();
  return user;
}
