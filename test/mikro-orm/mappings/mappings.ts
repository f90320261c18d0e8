import type { FieldFile } from '@filefield/core';
import { defineEntity, EntityCaseNamingStrategy } from '@mikro-orm/postgresql';
import type { ScalarReference } from '@mikro-orm/postgresql';
import { mapping, ownedFile, ShoutingNamingStrategy } from './mapping.ts';
import type { Form, Holder, Mapping } from './mapping.ts';

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
      values: (file) => ({ title: 'x', profile: { file } }),
      holder: (entity) => (entity as { profile: Holder }).profile,
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
      values: (file) => ({ title: 'x', outer: { inner: { file } } }),
      holder: (entity) => (entity as { outer: { inner: Holder } }).outer.inner,
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
    return mapping(Doc, { entities: [Filed, Doc, Other], values: titled });
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
    return mapping(Doc, { entities: [Doc, Other], values: titled });
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
    return mapping(Dog, { entities: [Animal, Dog], table: 'animal', values: titled });
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
    return mapping(Dog, { entities: [Animal, Dog], table: 'animal', values: titled });
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
    return mapping(Contract, { entities: [Paper, Contract], table: 'paper', values: titled });
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
    return mapping(Contract, { entities: [Paper, Contract], table: 'paper', values: titled });
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
    return mapping(Doc, { values: (file) => ({ shelf: 'a', number: 7, title: 'x', file }) });
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
    return mapping(Doc, { values: titled });
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
    return mapping(Doc, { values: titled });
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
    return mapping(Doc, {
      values: titled,
      find: (em) => em.findOneOrFail(Doc, { title: 'x' }, { populate: ['file'] }),
    });
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
      values: titled,
      find: (em) => em.findOneOrFail(Doc, { title: 'x' }, { populate: ['file'] as never }),
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
    return mapping(Doc, { values: titled });
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
    return mapping(Doc, { table: 'archive.doc', values: titled });
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
    return mapping(Doc, { table: '"OldDoc"', values: titled, options });
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
    return mapping(Doc, { values: titled });
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
    return mapping(Doc, { values: titled });
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
    return mapping(Doc, { values: titled });
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
    return mapping(Doc, { values: titled });
  },
};

/** The mappings whose files lie in a JSON document. */
export const documents: Record<string, () => Mapping> = {
  'in a JSON embeddable': () => inDocument('object'),
  'in an array of embeddables': () => inDocument('array'),
};

function inDocument(kind: 'object' | 'array'): Mapping {
  const Profile = defineEntity({
    name: 'Profile',
    embeddable: true,
    properties: (p) => ({ label: p.string().nullable(), file: ownedFile('json').nullable() }),
  });
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      title: p.string(),
      profile: () => p.embedded(Profile)[kind](),
    }),
  });
  return mapping(Doc, {
    entities: [Doc, Profile],
    values: (file) => ({
      title: 'x',
      profile: kind === 'array' ? [{ label: '0' }, { file }] : { file },
    }),
    holder: (entity) => {
      const { profile } = entity as { profile: Holder | Holder[] };
      return Array.isArray(profile) ? profile[1]! : profile;
    },
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

function titled(file: FieldFile): object {
  return { title: 'x', file };
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
