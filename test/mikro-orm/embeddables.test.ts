import { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, wrap } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, text } from './support.ts';
import type { App } from './support.ts';

const rules = { accept: ['text/plain'], maxSize: 100 };

const Scan = defineEntity({
  name: 'Scan',
  embeddable: true,
  properties: (p) => ({ label: p.string().nullable(), image: fileField(rules).nullable() }),
});

const Passport = defineEntity({
  name: 'Passport',
  embeddable: true,
  properties: (p) => ({
    number: p.string().nullable(),
    photo: fileField({ ...rules, uploadTo: 'passports/' }).nullable(),
    scan: () => p.embedded(Scan).object().nullable(),
    pages: () => p.embedded(Scan).array().nullable(),
  }),
});

const Person = defineEntity({
  name: 'Person',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    inline: () => p.embedded(Passport).nullable(),
    document: () => p.embedded(Passport).object().nullable(),
    list: () => p.embedded(Passport).array().nullable(),
  }),
});

const entities = [Person, Passport, Scan];

/** A passport with a file at each place. */
function passport(name: string): object {
  return {
    number: name,
    photo: text(`${name}-photo.txt`),
    scan: { label: 'scan', image: text(`${name}-scan.txt`) },
    pages: [
      { label: '1', image: text(`${name}-page1.txt`) },
      { label: '2', image: null },
    ],
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}

async function savePerson(app: App): Promise<number> {
  const em = app.em();
  const person = em.create(Person, {
    name: 'Ann',
    inline: passport('inline') as never,
    document: passport('document') as never,
    list: [passport('first') as never, passport('second') as never],
  });
  await em.flush();
  return person.id;
}

const stored = [
  'document-page1.txt',
  'document-photo.txt',
  'document-scan.txt',
  'first-page1.txt',
  'first-photo.txt',
  'first-scan.txt',
  'inline-page1.txt',
  'inline-photo.txt',
  'inline-scan.txt',
  'second-page1.txt',
  'second-photo.txt',
  'second-scan.txt',
];

describe('files in embeddables', () => {
  it('are saved wherever they are: inline, in documents, in arrays and below', async () => {
    const app = await createApp(entities);

    await savePerson(app);

    expect(await app.objects()).toEqual(stored);
    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(stored);
  });

  it('are FieldFiles when they are loaded', async () => {
    const app = await createApp(entities);
    const id = await savePerson(app);

    const { inline, document, list } = await app.em().findOneOrFail(Person, id);

    const files = [inline!, document!, ...list!].flatMap(({ photo, scan, pages }) => [
      photo,
      scan!.image,
      pages![0]!.image,
    ]);
    expect(files.every((file) => file instanceof FieldFile)).toBe(true);
    expect(files.map((file) => String(file?.filename)).toSorted(compare)).toEqual(stored);
    expect(list![1]!.pages![1]!.image).toBeNull();
    expect(await document!.scan!.image!.text()).toBe('document-scan.txt');
  });

  it('are kept as nested objects, not as JSON in JSON', async () => {
    const app = await createApp(entities);
    await savePerson(app);

    const [row] = await app.sql<{ document: { photo: object; scan: { image: object } } }>(
      'select document from person',
    );

    expect(row!.document.photo).toMatchObject({
      storage: 'default',
      filename: 'document-photo.txt',
    });
    expect(row!.document.scan.image).toMatchObject({ filename: 'document-scan.txt', size: 17 });
    expect(row!.document.photo).not.toHaveProperty('url');
  });

  it('emit nothing when they were only loaded', async () => {
    const app = await createApp(entities);
    const id = await savePerson(app);
    const em = app.em();
    await em.findOneOrFail(Person, id);
    app.log.length = 0;

    await em.flush();

    expect(app.log).toEqual([]);
  });

  it('use the name rules of their field', async () => {
    const app = await createApp(entities);
    const id = await savePerson(app);

    const { list } = await app.em().findOneOrFail(Person, id);

    expect(list![1]!.photo!.name).toMatch(/^passports\/second-photo_/);
  });

  it('become JSON like others', async () => {
    const app = await createApp(entities);
    const id = await savePerson(app);
    const person = await app.em().findOneOrFail(Person, id);

    const json = JSON.parse(JSON.stringify(person));

    expect(json.document.scan.image).toMatchObject({ filename: 'document-scan.txt', size: 17 });
    expect(wrap(person).toObject().document!.photo).toBeInstanceOf(FieldFile);
  });
});

type Loaded = NonNullable<Awaited<ReturnType<typeof load>>>;
async function load(app: App, id: number) {
  const em = app.em();
  return { em, person: await em.findOneOrFail(Person, id) };
}

const places: {
  place: string;
  /** As `files.stage()` takes it. */
  path: `${'inline' | 'document' | 'list'}.${string}`;
  gone: string;
  replace: (person: Loaded['person'], file: FieldFile | null) => void;
}[] = [
  {
    place: 'inline',
    path: 'inline.photo',
    gone: 'inline-photo.txt',
    replace: ({ inline }, file) => void (inline!.photo = file),
  },
  {
    place: 'in a document',
    path: 'document.photo',
    gone: 'document-photo.txt',
    replace: ({ document }, file) => void (document!.photo = file),
  },
  {
    place: 'in an array',
    path: 'list.photo',
    gone: 'second-photo.txt',
    replace: ({ list }, file) => void (list![1]!.photo = file),
  },
  {
    place: 'in a document inside an inline one',
    path: 'inline.scan.image',
    gone: 'inline-scan.txt',
    replace: ({ inline }, file) => void (inline!.scan!.image = file),
  },
  {
    place: 'in a document inside a document',
    path: 'document.scan.image',
    gone: 'document-scan.txt',
    replace: ({ document }, file) => void (document!.scan!.image = file),
  },
  {
    place: 'in an array inside an array',
    path: 'list.pages.image',
    gone: 'first-page1.txt',
    replace: ({ list }, file) => void (list![0]!.pages![0]!.image = file),
  },
];

describe.each(places)('a file $place', ({ path, replace, gone }) => {
  it('is replaced and then cleared, and only its own objects are reclaimed', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    const others = stored.filter((name) => name !== gone);
    const file = text('next.txt');
    replace(person, file);

    await em.flush();

    expect(file.isPending).toBe(false);
    expect(await app.reclaim()).toEqual([...others, 'next.txt'].toSorted(compare));
    replace(person, null);
    await em.flush();
    expect(await app.reclaim()).toEqual(others);
  });

  it('is refused by the rules of its field with everything that is wrong, and the old one stays', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    replace(person, text('page.html', `<html>${' '.repeat(100)}`));

    await expect(em.flush()).rejects.toMatchObject({
      subject: `Person.${path}`,
      issues: [{ validator: 'maxSize' }, { validator: 'accept' }],
    });

    expect(await app.reclaim()).toEqual(stored);
  });
});

describe('a staged file for a place in an embeddable', () => {
  it('is written there, and not uploaded again', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    const staged = await Promise.all(
      places.map(({ path }) => app.files.stage(Person, path, text(`${path}.txt`))),
    );
    places.forEach(({ replace }, index) => replace(person, staged[index]!));

    await em.flush();

    expect(app.uploads()).toBe(stored.length + places.length);
    const gone = new Set(places.map((place) => place.gone));
    const left = stored.filter((name) => !gone.has(name));
    const added = places.map(({ path }) => `${path}.txt`);
    expect(await app.reclaim()).toEqual([...left, ...added].toSorted(compare));
  });
});

describe('undefined inside an embeddable', () => {
  it('leaves the file alone, inline and in documents', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    const nothing = { photo: undefined, scan: { image: undefined } };
    em.assign(person, { name: 'Eve', inline: nothing, document: nothing } as never);
    app.log.length = 0;

    await em.flush();

    expect(app.log.filter((line) => line.startsWith('update'))).toEqual([
      expect.stringMatching(/^update "person" set "name" = \? where/),
    ]);
    expect(person.inline!.scan!.image).toBeInstanceOf(FieldFile);
    expect((await load(app, person.id)).person.document!.photo).toBeInstanceOf(FieldFile);
    expect(await app.journal()).toEqual([]);
  });

  it('is no file in an array, whose elements are new ones, nor in an embeddable that is new', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    em.assign(person, { list: [{ number: 'x', photo: undefined }] } as never);
    person.inline = { number: 'new' } as never;

    await em.flush();

    expect(await app.reclaim()).toEqual(stored.filter((name) => name.startsWith('document')));
  });
});

describe('the embeddable around files', () => {
  it.each([
    { what: 'an inline one', property: 'inline', prefix: 'inline' },
    { what: 'a document', property: 'document', prefix: 'document' },
  ])('takes them along when it is cleared ($what)', async ({ property, prefix }) => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    Reflect.set(person, property, null);

    await em.flush();

    expect(await app.reclaim()).toEqual(stored.filter((name) => !name.startsWith(prefix)));
  });

  it('takes them along when it leaves an array, and the others move up', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    person.list = person.list!.slice(1);

    await em.flush();

    expect(await app.reclaim()).toEqual(stored.filter((name) => !name.startsWith('first')));
  });

  it('keeps them when its order changes', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));
    person.list = person.list!.toReversed();

    await em.flush();

    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(stored);
  });

  it('takes all along with its row', async () => {
    const app = await createApp(entities);
    const { em, person } = await load(app, await savePerson(app));

    await em.remove(person).flush();

    expect(await app.reclaim()).toEqual([]);
  });
});
