import 'reflect-metadata';
import type { FieldFile } from '@filefield/core';
import { FileField } from '@filefield/mikro-orm/legacy';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

// #region profile
@Entity()
export class Profile {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'string' })
  username!: string;

  @FileField({ storage: 'public', uploadTo: 'avatars/', accept: ['image/*'], maxSize: 2_000_000 })
  avatar?: FieldFile | null;

  @FileField<Profile>({
    storage: 'private',
    uploadTo: ({ username }, filename) => `documents/${username}/${filename}`,
    accept: ['.pdf'],
  })
  document?: FieldFile | null;
}
// #endregion
