import {
  defineStorages,
  FieldFile,
  FileValidationError,
  type FileRow,
  type ImageEngine,
  type RenderRequest,
  type VariantDefinition,
} from '@filefield/core';
import { fileFields, imageField, type FileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM, type EntitySchema, type InferEntity } from '@mikro-orm/postgresql';
import { onTestFinished } from 'vitest';
import { png } from '../../support/image-bytes.ts';
import { createApp, type App, type AppOptions } from '../support.ts';

/** A definition that the engines of these tests carry out. */
export function sized(width: number, fingerprint = `w${width}`): VariantDefinition {
  return {
    type: 'image/webp',
    resize: { width, fit: 'inside', type: 'image/webp', enlarge: false },
    fingerprint,
    width,
  };
}

/** An engine that is told what to do, and tells what it was asked. */
export interface TestEngine extends ImageEngine {
  /** What it was asked so far. */
  readonly requests: RenderRequest[];
  /** Runs before it renders. */
  before: (bytes: Uint8Array, request: RenderRequest) => unknown;
}

/** Makes a few bytes of each image: the width that is asked for, and how many bytes the original has. */
export function testEngine(): TestEngine {
  const engine: TestEngine = {
    requests: [],
    before: () => {},
    async render(source, request) {
      const bytes = Buffer.concat(await Array.fromAsync(source));
      engine.requests.push(request);
      await engine.before(bytes, request);
      const images = request.resizes.map(({ width = 0 }) => ({
        bytes: Buffer.from(`RIFF ${width} of ${bytes.byteLength}`),
        width,
        height: width / 2,
      }));
      return { images, placeholder: request.placeholder ? 'aGFzaA==' : undefined };
    },
  };
  return engine;
}

/** What an engine says of an image that it cannot decode. */
export function undecodable(): never {
  const message = 'it cannot be decoded';
  throw new FileValidationError('the image', [{ validator: 'image', message }]);
}

const Page = defineEntity({
  name: 'Page',
  embeddable: true,
  properties: (p) => ({
    title: p.string().nullable(),
    image: imageField({ variants: { thumb: sized(100) } }).nullable(),
  }),
});

/** An album with a cover, and pages in a JSON document. */
export const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().default(''),
    cover: imageField({
      uploadTo: 'covers/',
      accept: ['image/*', 'image/svg+xml'],
      variants: { thumb: sized(100), card: sized(400) },
      placeholder: true,
    }).nullable(),
    pages: p.embedded(Page).array().default([]),
  }),
});
export type Album = InferEntity<typeof Album>;

/** An application that makes variants. */
export interface Gallery extends App {
  readonly engine: TestEngine;
  /** What the rows hold in `cover`, in the order of the key. */
  covers(): Promise<(FileRow | null)[]>;
  /** Names of all objects but originals. */
  names(): Promise<string[]>;
  /** The same: the last part, without the digest, sorted. */
  variants(): Promise<string[]>;
  /** Saves an album with this cover. */
  save(cover?: FieldFile): Promise<Album>;
}

/** A gallery with albums, on a database of its own. */
export async function createGallery(options: AppOptions = {}): Promise<Gallery> {
  const engine = testEngine();
  const { variants, ...files } = options.files ?? {};
  const app = await createApp([Album], {
    ...options,
    files: { ...files, variants: { engine, ...variants } },
  });
  const names = async (): Promise<string[]> => {
    const all = await Array.fromAsync(app.storage.walk(), ({ name }) => name);
    return all.filter((name) => name.includes('.v/'));
  };
  return {
    ...app,
    engine,
    covers: async () => {
      const rows = await app.sql<{ cover: FileRow }>('select cover from album order by id');
      return rows.map(({ cover }) => cover);
    },
    names,
    variants: async () => {
      return (await names())
        .map((name) => name.replace(/^.*\.v\//, '').replace(/-[0-9a-f]{20}\./, '.'))
        .toSorted();
    },
    save: async (cover = picture()) => {
      const em = app.em();
      const album = em.create(Album, { cover });
      await em.flush();
      return album;
    },
  };
}

/** An ORM of another process on the gallery's database and objects, or of another version of the application. */
export interface AnotherProcess {
  readonly orm: MikroORM;
  readonly files: FileFields;
  /** What it logged. */
  readonly log: string[];
}

/** Options of {@link anotherProcess}. */
export interface AnotherOptions {
  readonly album?: EntitySchema;
  /** Default: one of its own. */
  readonly engine?: ImageEngine | null;
  /** How it connects. */
  readonly as?: { readonly user: string; readonly password: string };
}

/** Starts it; it ends with the test. */
export async function anotherProcess(
  gallery: Gallery,
  { album = Album, engine = testEngine(), as }: AnotherOptions = {},
): Promise<AnotherProcess> {
  const log: string[] = [];
  const files = fileFields({
    storages: defineStorages({ default: () => gallery.storage, other: () => gallery.other }),
    worker: 'manual',
    grace: '0ms',
    variants: { engine: engine ?? undefined },
  });
  const orm = await MikroORM.init({
    ...gallery.database.connection,
    ...as,
    entities: [album],
    extensions: [files],
    colors: false,
    debug: ['info'],
    logger: (message) => log.push(message),
  });
  onTestFinished(() => orm.close(true));
  return { orm, files, log };
}

/** A pending image. */
export function picture(filename = 'a.png'): FieldFile {
  return FieldFile.from(png({ width: 800, height: 400 }), { filename });
}
