import {
  FileNotFoundError,
  FileSystemStorage,
  type FileRow,
  type FoundVariant,
  type RenderRequest,
  type VariantLink,
} from '@filefield/core';
import { openVariantLink, variantFile } from '@filefield/core/binding';
import { describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import {
  Album,
  anotherProcess,
  createGallery,
  picture,
  sized,
  undecodable,
  type Gallery,
} from './support.ts';

/** What the signed URL of a variant says, of the first album. */
async function linkOf(
  gallery: Gallery,
  variant = 'thumb',
  definition = sized(100),
): Promise<VariantLink> {
  const [cover] = await gallery.covers();
  const row = cover as FileRow;
  const file = variantFile(variant, definition, row);
  return { field: 'Album.cover', storage: row.storage, name: row.name, variant, file };
}

/** A gallery with one album, whose variants nobody has made; its objects have URLs. */
async function createUnmade(): Promise<Gallery> {
  const location = await temporaryDirectory();
  const storage = new FileSystemStorage({ location, baseUrl: '/media/', visibility: 'public' });
  const keys = ['the key that signs the links of these tests'];
  const variants = { baseUrl: 'https://app/variants/' };
  const gallery = await createGallery({ default: storage, files: { keys, variants } });
  await gallery.save();
  return gallery;
}

async function textOf(gallery: Gallery, found: FoundVariant): Promise<string> {
  if (found.kind !== 'object') return found.kind;
  return await new Response(await gallery.storage.open(found.name)).text();
}

/** An engine that works until it is told not to. */
const hanging = {
  asked: 0,
  render: async (_: unknown, { signal }: RenderRequest): Promise<never> =>
    await new Promise((_resolve, reject) => {
      hanging.asked += 1;
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    }),
};

describe('findVariant()', () => {
  it('makes, stores and lists the one that is asked for', async () => {
    const gallery = await createUnmade();

    const found = await gallery.files.findVariant(await linkOf(gallery));

    expect(found).toMatchObject({ kind: 'object', storage: 'default', type: 'image/webp' });
    expect(await textOf(gallery, found)).toMatch(/^RIFF 100 of/);
    const [cover] = await gallery.covers();
    expect(cover?.variants).toEqual({ thumb: expect.objectContaining({ width: 100 }) });
    expect(await gallery.journal()).toEqual([]);
  });

  it('leaves the others to the worker', async () => {
    const gallery = await createUnmade();
    await gallery.files.findVariant(await linkOf(gallery));

    await gallery.files.worker.drain();

    expect(gallery.engine.requests.map(({ resizes }) => resizes.length)).toEqual([1, 1]);
    expect(await gallery.variants()).toEqual(['card.webp', 'thumb.webp']);
  });

  it('makes nothing of what is there', async () => {
    const gallery = await createUnmade();
    await gallery.files.worker.drain();

    const found = await gallery.files.findVariant(await linkOf(gallery));

    expect(found).toMatchObject({ kind: 'object' });
    expect(gallery.engine.requests).toHaveLength(1);
  });

  it('serves all who ask at once, and makes it once', async () => {
    const gallery = await createUnmade();
    const link = await linkOf(gallery);

    const found = await Promise.all([1, 2, 3].map(() => gallery.files.findVariant(link)));

    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['object']));
    expect(gallery.engine.requests).toHaveLength(1);
  });

  it('serves all, whichever process they ask, and one stores it', async () => {
    const gallery = await createUnmade();
    const { files } = await anotherProcess(gallery);
    const link = await linkOf(gallery);

    const found = await Promise.all([gallery.files.findVariant(link), files.findVariant(link)]);

    expect(found[0]).toEqual(found[1]);
    expect(await textOf(gallery, found[1])).toMatch(/^RIFF 100 of/);
    // Who announced it after the other had listed it leaves his entry to the worker, who makes the other variant besides.
    expect(await gallery.reclaim()).toHaveLength(3);
    expect(await gallery.journal()).toEqual([]);
  });

  it('ends with its ORM, and leaves nothing', async () => {
    const gallery = await createUnmade();
    const { files, orm } = await anotherProcess(gallery, { engine: hanging });

    const found = files.findVariant(await linkOf(gallery));
    const refused = expect(found).rejects.toThrow('The extension is closed');
    await vi.waitFor(() => expect(hanging.asked).toBe(1));
    await orm.close();

    await refused;
    expect(await gallery.variants()).toEqual([]);
  });

  it('goes on for the others when one of them leaves', async () => {
    const gallery = await createUnmade();
    const link = await linkOf(gallery);
    const leaving = new AbortController();
    gallery.engine.before = () => leaving.abort(new Error('left'));

    const left = gallery.files.findVariant(link, { signal: leaving.signal });
    const stays = gallery.files.findVariant(link);

    await expect(left).rejects.toThrow('left');
    expect(await stays).toMatchObject({ kind: 'object' });
  });

  it.each<[what: string, change: Partial<VariantLink>]>([
    ['no field', { field: 'Album.back' }],
    ['no variant', { variant: 'huge' }],
    ['no variant but a property of every object', { variant: 'constructor' }],
    ['no row', { name: 'covers/other.png' }],
    ['no row in that storage', { storage: 'other' }],
  ])('knows %s of that name', async (_what, change) => {
    const gallery = await createUnmade();
    const link = { ...(await linkOf(gallery)), ...change };

    await expect(gallery.files.findVariant(link)).rejects.toThrow(FileNotFoundError);
  });

  it('serves the bytes where the storage takes none, and lists nothing', async () => {
    const gallery = await createUnmade();
    gallery.faults.push({ operation: 'save' });

    const found = await gallery.files.findVariant(await linkOf(gallery));

    expect(found).toMatchObject({ kind: 'bytes', type: 'image/webp' });
    expect(gallery.log.join()).toContain('Cannot store the variant "thumb"');
    expect(await gallery.covers()).toEqual([expect.not.objectContaining({ variants: {} })]);
  });

  it('serves the bytes where the name is being reclaimed', async () => {
    const gallery = await createUnmade();
    const link = await linkOf(gallery);
    await gallery.sql(
      `insert into file_journal (storage, name, state, due_at) values ('default', ?, 2, now() + interval '1 day')`,
      [`${link.name}.v/${link.file}`],
    );

    const found = await gallery.files.findVariant(link);

    expect(found).toMatchObject({ kind: 'bytes' });
    expect([await gallery.variants(), await gallery.journal()]).toEqual([[], []]);
  });

  it('stores nothing for a row that does not own its image', async () => {
    const gallery = await createUnmade();
    const link = await linkOf(gallery);
    await gallery.sql(`update album set cover = cover || '{"owned": false}'`);

    const found = await gallery.files.findVariant(link);

    expect(found).toMatchObject({ kind: 'bytes' });
    expect(await gallery.variants()).toEqual([]);
  });

  it('gives up what was made of an image that is replaced meanwhile', async () => {
    const gallery = await createUnmade();
    gallery.engine.before = async () => await gallery.sql('update album set cover = null');

    const found = gallery.files.findVariant(await linkOf(gallery));

    await expect(found).rejects.toThrow(FileNotFoundError);
    expect(await gallery.reclaim()).toEqual([]);
  });

  it('leads to the original where nothing can be made of it, and does not try again', async () => {
    const gallery = await createUnmade();
    const link = await linkOf(gallery);
    gallery.engine.before = undecodable;

    const found = [await gallery.files.findVariant(link), await gallery.files.findVariant(link)];

    const original = { kind: 'url', url: `/media/${link.name}` };
    expect(found).toEqual([original, original]);
    expect(gallery.engine.requests).toHaveLength(1);
  });

  it('leads to the original of an SVG', async () => {
    const gallery = await createUnmade();
    await gallery.sql(`update album set cover = cover || '{"type": "image/svg+xml"}'`);
    const link = await linkOf(gallery);

    expect(await gallery.files.findVariant(link)).toEqual({
      kind: 'url',
      url: `/media/${link.name}`,
    });
  });

  it('leads to the original where this process has no engine', async () => {
    const gallery = await createGallery({
      default: new FileSystemStorage({
        location: await temporaryDirectory(),
        baseUrl: '/media/',
        visibility: 'public',
      }),
      files: { variants: { engine: undefined } },
    });
    await gallery.save();
    const link = await linkOf(gallery);

    expect(await gallery.files.findVariant(link)).toMatchObject({ kind: 'url' });
    expect(gallery.log.join()).toContain('this process has no engine');
  });

  it('passes failures of the storage on', async () => {
    const gallery = await createUnmade();
    gallery.faults.push({ operation: 'open' });

    const found = gallery.files.findVariant(await linkOf(gallery));

    await expect(found).rejects.toThrow('Cannot open');
  });

  it('finds the variant as it is declared here by a link of another definition', async () => {
    const gallery = await createUnmade();
    await gallery.files.worker.drain();
    const [cover] = await gallery.covers();

    const found = await gallery.files.findVariant(await linkOf(gallery, 'thumb', sized(90)));

    const name = `${cover?.name}.v/${cover?.variants?.['thumb']?.name}`;
    expect(found).toMatchObject({ kind: 'object', name });
  });
});

describe('a link to a private image that nothing can be made of', () => {
  it('leads to the original for as long as itself, each as it asks for it', async () => {
    const location = await temporaryDirectory();
    const keys = ['the key that signs the links of these tests'];
    const storage = new FileSystemStorage({ location, baseUrl: 'https://app/media/', keys });
    const gallery = await createGallery({ default: storage });
    gallery.engine.before = undecodable;
    await gallery.save();
    const expires = Math.floor(Date.now() / 1000) + 60;
    const link = { ...(await linkOf(gallery)), expires };

    const found = await Promise.all([
      gallery.files.findVariant(link),
      gallery.files.findVariant({ ...link, download: 'me.png' }),
    ]);

    const queries = found.map((it) => new URL((it as { url: string }).url).searchParams);
    expect(queries.map((query) => query.get('download'))).toEqual([null, 'me.png']);
    expect(queries.map((query) => Number(query.get('expires')) <= expires)).toEqual([true, true]);
  });
});

describe('the URL of a variant', () => {
  const keys = ['the key that signs the links of these tests'];

  it('is signed for findVariant() until it is there, and then of its object', async () => {
    const gallery = await createUnmade();
    const before = (await gallery.em().findOneOrFail(Album, 1)).cover!.getUrl({ variant: 'thumb' });
    const [, token = ''] = /^https:\/\/app\/variants\/([^/]+)\/thumb-.*\.webp$/.exec(before) ?? [];
    const opened = openVariantLink(token, keys);
    const link = opened.state === 'valid' ? opened.link : undefined;

    const found = await gallery.files.findVariant(link!);

    const after = (await gallery.em().findOneOrFail(Album, 1)).cover!.getUrl({ variant: 'thumb' });
    expect(found).toMatchObject({ kind: 'object', name: after.replace('/media/', '') });
  });

  it('is of the field in a JSON document that it belongs to', async () => {
    const gallery = await createUnmade();
    const em = gallery.em();
    em.create(Album, { pages: [{ image: picture() }] as never });
    await em.flush();
    const album = await gallery.em().findOneOrFail(Album, 2);
    const url = album.pages[0]!.image!.getUrl({ variant: 'thumb' });

    const opened = openVariantLink(url.split('/').at(-2) ?? '', keys);

    expect(opened).toMatchObject({ state: 'valid', link: { field: 'Album.pages.image' } });
    const link = opened.state === 'valid' ? opened.link : undefined;
    expect(await gallery.files.findVariant(link!)).toMatchObject({ kind: 'object' });
  });

  it('needs keys', () => {
    const start = createGallery({ files: { variants: { baseUrl: '/variants/' } } });

    return expect(start).rejects.toThrow('Cannot sign URLs of variants: there are no keys');
  });
});
