import type { FieldFile } from '@filefield/core';
import { defineEntity, EntityCaseNamingStrategy } from '@mikro-orm/postgresql';
import type { ScalarReference } from '@mikro-orm/postgresql';
import { mapping, ownedFile, ShoutingNamingStrategy } from './mapping.ts';
import type { Bulk, Form, Holder, Mapping } from './mapping.ts';

/** MikroORM writes one table, and knows no embeddables there. */
const withoutInsertMany: readonly Bulk[] = ['nativeUpdate', 'upsert', 'upsertMany', 'qb.update'];

/** The mappings that work in both forms. */
export const mappings: Record<string, (form: Form) => Mapping> = {
  'of its own': (form) => mapping(doc(form)),

  'in an inline embeddable': (form) => {
    const Profile = defineEntity({
      name: 'Profile',
      embeddable: true,
      properties: () => ({ file: ownedFile(form).nullable() }),
    });
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        profile: () => p.embedded(Profile),
      }),
    });
    return mapping(Doc, {
      entities: [Doc, Profile],
      path: 'profile.file',
      bulk: withoutInsertMany,
    });
  },

  'in an inline embeddable of an inline embeddable': (form) => {
    const Inner = defineEntity({
      name: 'Inner',
      embeddable: true,
      properties: () => ({ file: ownedFile(form).nullable() }),
    });
    const Outer = defineEntity({
      name: 'Outer',
      embeddable: true,
      properties: (p) => ({ inner: () => p.embedded(Inner) }),
    });
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        outer: () => p.embedded(Outer),
      }),
    });
    return mapping(Doc, {
      entities: [Doc, Outer, Inner],
      path: 'outer.inner.file',
      bulk: withoutInsertMany,
    });
  },

  'in one of several inline embeddables': (form) => {
    const { Media, Picture, Movie } = polymorphs(form);
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        media: () => p.embedded([Picture, Movie]),
      }),
    });
    return mapping(Doc, {
      entities: [Doc, Media, Picture, Movie],
      path: 'media.file',
      bulk: withoutInsertMany,
      place: (file) => ({ media: { kind: 'picture', file } }),
    });
  },

  'of an abstract base': (form) => {
    const Filed = defineEntity({
      name: 'Filed',
      abstract: true,
      properties: () => ({ file: ownedFile(form).nullable() }),
    });
    const Doc = defineEntity({
      name: 'Doc',
      extends: Filed,
      properties: (p) => ({ id: p.integer().primary(), title: p.string() }),
    });
    const Other = defineEntity({
      name: 'Other',
      extends: Filed,
      properties: (p) => ({ id: p.integer().primary() }),
    });
    return mapping(Doc, { entities: [Filed, Doc, Other] });
  },

  'of a mixin': (form) => {
    const filed = { file: ownedFile(form).nullable() };
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({ id: p.integer().primary(), title: p.string(), ...filed }),
    });
    const Other = defineEntity({
      name: 'Other',
      properties: (p) => ({ id: p.integer().primary(), ...filed }),
    });
    return mapping(Doc, { entities: [Doc, Other] });
  },

  'of a single table’s child': (form) => {
    const Animal = defineEntity({
      name: 'Animal',
      discriminatorColumn: 'kind',
      discriminatorValue: 'animal',
      properties: (p) => ({ id: p.integer().primary(), kind: p.string(), title: p.string() }),
    });
    const Dog = defineEntity({
      name: 'Dog',
      extends: Animal,
      discriminatorValue: 'dog',
      properties: () => ({ file: ownedFile(form).nullable() }),
    });
    return mapping(Dog, {
      entities: [Animal, Dog],
      table: 'animal',
      keys: () => ({ kind: 'dog' }),
    });
  },

  'of a single table’s root': (form) => {
    const Animal = defineEntity({
      name: 'Animal',
      discriminatorColumn: 'kind',
      discriminatorValue: 'animal',
      properties: (p) => ({
        id: p.integer().primary(),
        kind: p.string(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    const Dog = defineEntity({
      name: 'Dog',
      extends: Animal,
      discriminatorValue: 'dog',
      properties: (p) => ({ breed: p.string().nullable() }),
    });
    return mapping(Dog, {
      entities: [Animal, Dog],
      table: 'animal',
      keys: () => ({ kind: 'dog' }),
    });
  },

  'of a table per type, its own': (form) => {
    const Paper = defineEntity({
      name: 'Paper',
      inheritance: 'tpt',
      properties: (p) => ({ id: p.integer().primary(), title: p.string() }),
    });
    const Contract = defineEntity({
      name: 'Contract',
      extends: Paper,
      properties: () => ({ file: ownedFile(form).nullable() }),
    });
    return mapping(Contract, {
      entities: [Paper, Contract],
      table: 'paper',
      bulk: withoutInsertMany,
    });
  },

  'of a table per type, the parent’s': (form) => {
    const Paper = defineEntity({
      name: 'Paper',
      inheritance: 'tpt',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    const Contract = defineEntity({
      name: 'Contract',
      extends: Paper,
      properties: (p) => ({ signed: p.boolean().nullable() }),
    });
    return mapping(Contract, {
      entities: [Paper, Contract],
      table: 'paper',
      bulk: ['upsert', 'upsertMany'],
    });
  },

  'beside a composite key': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        shelf: p.string().primary(),
        number: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    let number = 7;
    return mapping(Doc, { keys: () => ({ shelf: 'a', number: number++ }) });
  },

  'beside a uuid key': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        uuid: p.uuid().primary().defaultRaw('gen_random_uuid()'),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    return mapping(Doc);
  },

  'beside a bigint key': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.bigint().primary(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    return mapping(Doc);
  },

  'that is lazy': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable().lazy(),
      }),
    });
    return mapping(Doc, { populate: ['file'] });
  },

  'behind a ScalarReference': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable().lazy().ref(),
      }),
    });
    return mapping(Doc, {
      populate: ['file'],
      holder: (entity) => referenced(entity as { file: ScalarReference<FieldFile | null> }),
    });
  },

  'that is unique': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable().unique(),
      }),
    });
    return mapping(Doc);
  },

  'without an index': (form) => mapping(doc(form, { index: false })),

  'in another schema': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      schema: 'archive',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    return mapping(Doc, { table: 'archive.doc' });
  },

  'in the ORM’s own schema': (form) =>
    mapping(doc(form), { table: 'app.doc', options: { schema: 'app' } }),

  'under the names of the entity': (form) => {
    const Doc = defineEntity({
      name: 'OldDoc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    const options = { namingStrategy: EntityCaseNamingStrategy };
    return mapping(Doc, { table: '"OldDoc"', options });
  },

  'under names that need quotes': (form) =>
    mapping(doc(form), {
      table: '"THE Doc"',
      options: { namingStrategy: ShoutingNamingStrategy },
    }),

  'under a column name of its own': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        file: ownedFile(form).nullable().fieldName('new'),
      }),
    });
    return mapping(Doc);
  },

  'beside a version that counts': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        version: p.integer().version(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    return mapping(Doc);
  },

  'beside a version that is a date': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        version: p.datetime().version(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
    });
    return mapping(Doc);
  },

  'of rows that a filter hides': (form) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        deletedAt: p.datetime().nullable(),
        title: p.string(),
        file: ownedFile(form).nullable(),
      }),
      filters: { alive: { name: 'alive', cond: { deletedAt: null }, default: true } },
    });
    return mapping(Doc);
  },
};

/** The mappings whose files lie in a JSON document. */
export const documents: Record<string, () => Mapping> = {
  'in a JSON embeddable': () => inDocument('object'),
  'in an array of embeddables': () => inDocument('array'),
  'in a JSON embeddable under names that need quotes': () =>
    inDocument('object', {
      table: '"THE Doc"',
      options: { namingStrategy: ShoutingNamingStrategy },
    }),
  'in an array of embeddables under a column name of its own': () =>
    inDocument('array', {}, 'own name'),

  'in an array of several embeddables': () => {
    const { Media, Picture, Movie } = polymorphs('json');
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        media: () => p.embedded([Picture, Movie]).array(),
      }),
    });
    return mapping(Doc, {
      entities: [Doc, Media, Picture, Movie],
      path: 'media.file',
      place: (file) => ({ media: [{ kind: 'movie' }, { kind: 'picture', file }] }),
      holder: (entity) => (entity as { media: Holder[] }).media[1]!,
    });
  },

  'in a JSON embeddable of a JSON embeddable': () => {
    const Inner = defineEntity({
      name: 'Inner',
      embeddable: true,
      properties: () => ({ file: ownedFile('json').nullable() }),
    });
    const Outer = defineEntity({
      name: 'Outer',
      embeddable: true,
      properties: (p) => ({ theInner: () => p.embedded(Inner) }),
    });
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        title: p.string(),
        theOuter: () => p.embedded(Outer).object(),
      }),
    });
    return mapping(Doc, { entities: [Doc, Outer, Inner], path: 'theOuter.theInner.file' });
  },
};

/** Embeddables of which a property holds one or the other. */
function polymorphs(form: Form) {
  const Media = defineEntity({
    name: 'Media',
    embeddable: true,
    abstract: true,
    discriminatorColumn: 'kind',
    properties: (p) => ({ kind: p.string() }),
  });
  const Picture = defineEntity({
    name: 'Picture',
    embeddable: true,
    extends: Media,
    discriminatorValue: 'picture',
    properties: () => ({ file: ownedFile(form).nullable() }),
  });
  const Movie = defineEntity({
    name: 'Movie',
    embeddable: true,
    extends: Media,
    discriminatorValue: 'movie',
    properties: () => ({ clip: ownedFile(form).nullable() }),
  });
  return { Media, Picture, Movie };
}

function inDocument(
  kind: 'object' | 'array',
  more: Partial<Mapping> = {},
  column?: string,
): Mapping {
  const file = ownedFile('json').nullable();
  const Profile = defineEntity({
    name: 'Profile',
    embeddable: true,
    properties: (p) => ({
      label: p.string().nullable(),
      file: column === undefined ? file : file.fieldName(column),
    }),
  });
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      title: p.string(),
      theProfile: () => p.embedded(Profile)[kind](),
    }),
  });
  const inArray: Partial<Mapping> = {
    place: (value) => ({ theProfile: [{ label: '0' }, { file: value }] }),
    holder: (entity) => (entity as { theProfile: Holder[] }).theProfile[1]!,
  };
  return mapping(Doc, {
    entities: [Doc, Profile],
    path: 'theProfile.file',
    ...(kind === 'array' && inArray),
    ...more,
  });
}

function doc(form: Form, options: { readonly index?: boolean } = {}) {
  return defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      title: p.string().default('x'),
      file: ownedFile(form, options).nullable(),
    }),
  });
}

/** A holder whose `file` is what the reference holds. */
function referenced({ file: reference }: { file: ScalarReference<FieldFile | null> }): Holder {
  return {
    get file() {
      return reference.unwrap();
    },
    set file(file) {
      reference.set(file ?? null);
    },
  };
}
