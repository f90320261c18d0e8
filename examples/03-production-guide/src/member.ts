import 'reflect-metadata';
import type { FieldFile } from '@filefield/core';
import { FileField } from '@filefield/mikro-orm/legacy';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity()
export class Member {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'string' })
  name!: string;

  @FileField({ storage: 'media', uploadTo: 'avatars/', accept: ['image/*'], maxSize: 2_000_000 })
  avatar?: FieldFile | null;
}
