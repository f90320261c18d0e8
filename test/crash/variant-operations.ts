import { resize, type FileRow, type VariantLink } from '@filefield/core';
import { variantFile } from '@filefield/core/binding';
import type { Documents } from './documents.ts';
import type { Operation } from './operations.ts';
import { Picture, picture } from './pictures.ts';

const render = ['before render', 'after render'];
const announce = ['before announce', 'after announce'];
const put = ['before put', 'after put'];
const list = ['before list', 'after list'];
const upload = [
  'before journal',
  'after journal',
  'before first-byte',
  'after first-byte',
  'before last-byte',
  'after last-byte',
];
const flush = ['before-begin', 'before-commit', 'after-commit'];
const one = ['picture 1 image: one.png of one'];

/** What children do about variants, by name. */
export const variantOperations: Readonly<Record<string, Operation>> = {
  'making variants in the background': {
    steps: ['after work', ...render, ...announce, ...put, ...put, ...list],
    before: one,
    after: one,
    prepare: seed,
    async run({ files }) {
      await files.worker.drain();
    },
  },
  'making a variant on demand': {
    steps: [...render, ...announce, ...put, ...list],
    before: one,
    after: one,
    prepare: seed,
    async run(documents) {
      await documents.files.findVariant(await linkOf(documents));
    },
  },
  'making variants before the row is written': {
    steps: [...upload, ...render, ...announce, ...put, ...flush],
    before: one,
    after: [...one, 'picture 2 stamp: two.png of two'],
    prepare: seed,
    async run({ orm }) {
      const em = orm.em.fork();
      em.create(Picture, { label: '', stampLabel: 'two', stamp: picture('two') });
      await em.flush();
    },
  },
  'regenerating variants': {
    steps: [...render, ...announce, ...put, ...list],
    before: one,
    after: one,
    async prepare(documents) {
      await seed(documents);
      await documents.files.worker.drain();
      // As another version of the application declared it.
      await documents.orm.em.execute(`update picture set image = jsonb_set(image, '{variants}',
        (image -> 'variants') - 'thumb')`);
    },
    async run({ files }) {
      await files.regenerateVariants(Picture, 'image');
    },
  },
};

async function seed({ orm }: Documents): Promise<void> {
  const em = orm.em.fork();
  em.create(Picture, { label: 'one', image: picture('one') });
  await em.flush();
}

async function linkOf({ orm }: Documents): Promise<VariantLink> {
  const [found] = await orm.em.execute<{ image: FileRow }[]>('select image from picture');
  const row = found?.image;
  if (row === undefined) throw new Error('There is no picture');
  const file = variantFile('thumb', resize(100), row);
  const { storage, name } = row;
  return { field: 'Picture.image', storage, name, variant: 'thumb', file };
}
