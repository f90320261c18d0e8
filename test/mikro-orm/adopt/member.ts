import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';

/** The entity of a table that Django made, with a column of its own for the file. */
export const Member = defineEntity({
  name: 'Member',
  tableName: 'club_member',
  properties: (p) => ({
    id: p.bigint('number').primary().generated('by default as identity'),
    nickname: p.string().length(50),
    oldAvatar: p.string().length(100).fieldName('avatar'),
    avatar: fileField({ uploadTo: 'avatars/' }).fieldName('avatar_file').nullable(),
    version: p.integer().version(),
    updatedAt: p.datetime().onUpdate(() => new Date()),
  }),
});
