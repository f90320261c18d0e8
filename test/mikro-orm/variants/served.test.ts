import { defineStorages, FileSystemStorage } from '@filefield/core';
import { mediaHandler, variantHandler } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { Album, createGallery, type Gallery } from './support.ts';

const keys = ['the key that signs the links of these tests'];

/** A gallery whose variants are made when they are asked for. */
async function createServed(): Promise<Gallery> {
  const location = await temporaryDirectory();
  const storage = new FileSystemStorage({ location, baseUrl: 'http://app/media/', keys });
  const variants = { baseUrl: 'http://app/variants/' };
  const gallery = await createGallery({ default: storage, files: { keys, variants } });
  await gallery.save();
  return gallery;
}

/** The URL of the first cover as a page has it. */
async function thumbOf(gallery: Gallery): Promise<string> {
  const { cover } = await gallery.em().findOneOrFail(Album, { id: 1 });
  return cover?.getUrl({ variant: 'thumb' }) ?? '';
}

describe('the URL of a variant', () => {
  it('leads to the handler until the variant is made, then to its object', async () => {
    const gallery = await createServed();
    const { files, storage } = gallery;
    const storages = defineStorages({ default: () => storage });
    const variants = variantHandler({
      storages,
      keys,
      findVariant: (link, { signal }) => files.findVariant(link, { signal }),
    });
    const before = await thumbOf(gallery);

    const made = await variants(new Request(before));
    const after = await thumbOf(gallery);
    const stored = await mediaHandler({ storages })(new Request(after));

    expect([before, after]).toEqual([
      expect.stringMatching(/^http:\/\/app\/variants\/[\w.-]+\/thumb-\w+\.webp$/),
      expect.stringMatching(/^http:\/\/app\/media\/covers\/.*\.v\/thumb-\w+\.webp\?/),
    ]);
    expect([made, stored].map(({ headers }) => headers.get('cache-control'))).toEqual([
      'private, max-age=31536000, immutable',
      'private, max-age=31536000, immutable',
    ]);
    expect(made.headers.get('etag')).toBe(stored.headers.get('etag'));
    expect(await made.text()).toBe(await stored.text());
  });
});
