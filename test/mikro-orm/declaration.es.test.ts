import type { FieldFile } from '@filefield/core';
import type { NamedFile } from '@filefield/mikro-orm';
import { FileField } from '@filefield/mikro-orm/es';
import { Embeddable, Embedded, Entity, PrimaryKey, Property } from '@mikro-orm/decorators/es';
import { describe, it } from 'vitest';
import {
  declaredFilesAreKept,
  everyOption,
  everyOptionReachesTheColumn,
} from './declared-entities.ts';

abstract class Attached {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @FileField({ uploadTo: 'attachments/' }) attachment?: FieldFile | null;
}

@Embeddable()
class Profile {
  @Property({ type: 'string', nullable: true }) title?: string | null;
  @FileField({ uploadTo: 'profiles/' }) photo?: FieldFile | null;
}

@Entity()
class Member extends Attached {
  @Property({ type: 'string' }) name!: string;
  @FileField({ uploadTo: 'avatars/' }) avatar?: FieldFile | null;
  @FileField({ maxSize: 10 }) note?: FieldFile | null;
  @Embedded(() => Profile, { nullable: true }) profile?: Profile | null;
  @Embedded(() => Profile, { object: true, nullable: true }) details?: Profile | null;
}

@Entity({ discriminatorColumn: 'kind', discriminatorValue: 'animal' })
class Animal {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @FileField() image?: FieldFile | null;
}

@Entity({ discriminatorValue: 'dog' })
class Dog extends Animal {
  @FileField({ storage: 'other' }) bark?: FieldFile | null;
}

@Entity({ inheritance: 'tpt' })
class Paper {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @FileField() scan?: FieldFile | null;
}

@Entity()
class Contract extends Paper {
  @FileField({ storage: 'other' }) signature?: FieldFile | null;
}

@Entity()
class Deed {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @FileField({ ...everyOption, column: 'name', maxLength: 99 }) scan!: NamedFile;
}

describe('@FileField() as an ES decorator', () => {
  declaredFilesAreKept({
    all: [Member, Profile, Animal, Dog, Paper, Contract],
    Member,
    Animal,
    Dog,
    Paper,
    Contract,
  });

  it('takes the options of MikroORM too', async () => {
    await everyOptionReachesTheColumn(Deed);
  });
});
