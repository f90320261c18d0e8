import 'reflect-metadata';
import type { FieldFile } from '@filefield/core';
import { FileField } from '@filefield/mikro-orm/legacy';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

// tsx emits no decorator metadata, so the types of plain properties are written out.
@Entity()
export class Member {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'string' })
  name!: string;

  @FileField({ storage: 'public', uploadTo: 'photos/' })
  photo?: FieldFile | null;

  @FileField({ storage: 'private', uploadTo: 'agreements/', maxSize: 1_000_000 })
  agreement?: FieldFile | null;

  @FileField<Member>({
    storage: 'private',
    uploadTo: (member, filename) => `notes/${member.name.toLowerCase()}/${filename}`,
  })
  notes?: FieldFile | null;
}
