import 'reflect-metadata';
import type { FieldFile } from '@filefield/core';
import { FileField } from '@filefield/mikro-orm/legacy';
import type { Opt } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** A list of all members that somebody asked for; it lives as long as its row, see `forget-exports.ts`. */
@Entity()
export class MemberExport {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'datetime' })
  createdAt: Opt<Date> = new Date();

  @FileField({ storage: 'exports', uploadTo: '%Y/%m/', accept: ['.csv'] })
  file?: FieldFile | null;
}
