import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FieldFile, FileSystemStorage, defineStorages } from '@filefield/core';
import type { DirectUpload, FileStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFields, FileFieldsOptions } from '@filefield/mikro-orm';
import { MikroORM, defineEntity } from '@mikro-orm/postgresql';
import { failPoints } from '../../packages/mikro-orm/src/fail-points.ts';
import type { FailPointHook } from '../../packages/mikro-orm/src/fail-points.ts';
import type { TestDatabase } from '../support/database.ts';
import { Picture, pictureEngine } from './pictures.ts';
import { sendUpload } from '../support/send-upload.ts';
import { s3Storage, type S3Place } from './s3-place.ts';

const keys = ['the key that all of the processes share'];

/** Takes its documents along when it is deleted: the database does it, past the ORM. */
export const Folder = defineEntity({
  name: 'Folder',
  tableName: 'folder',
  properties: (p) => ({ id: p.integer().primary() }),
});

/** Two files, and beside each what its bytes must be: the same statement writes both. */
export const Doc = defineEntity({
  name: 'Doc',
  tableName: 'doc',
  properties: (p) => ({
    id: p.integer().primary(),
    label: p.string(),
    // A directory for each label: it comes and goes with its files.
    file: fileField<{ label?: string }>({
      uploadTo: ({ label }, filename) => `docs/${label}/${filename}`,
    }).nullable(),
    // The name is a word of PL/pgSQL too, which the triggers must not mind.
    oldLabel: p.string().default(''),
    old: fileField({ storage: 'archive', uploadTo: 'old/%Y/' }).nullable(),
    folder: () => p.manyToOne(Folder).nullable().deleteRule('cascade'),
  }),
});

/** Where a child and the test that watches it meet. */
export interface Place {
  readonly connection: TestDatabase['connection'];
  /** Holds the two locations. */
  readonly directory: string;
  /** Holds them instead of the directory. */
  readonly s3?: S3Place | undefined;
  /** `second`: another application of the same database and storages, with tables of its own in the schema of that name. */
  readonly application?: 'second' | undefined;
  /** Which directory each alias means, where a configuration has others. Default: {@link locations}. */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  /** The tables of all applications. Default: `doc`. */
  readonly tables?: readonly string[] | undefined;
}

/** An ORM of one process. */
export interface Documents extends AsyncDisposable {
  readonly orm: MikroORM;
  readonly files: FileFields;
  readonly storage: (alias: string) => FileStorage;
}

/** The aliases, and the directories below {@link Place.directory} where their objects are. */
export const locations = { default: 'media', archive: 'archive' } as const;

/** Connects to a place; the worker waits to be asked, and nothing that was let go of is kept. */
export async function openDocuments(
  { connection, directory, s3, application, aliases = locations }: Place,
  options: Partial<FileFieldsOptions> & {
    readonly hook?: FailPointHook;
    /** Told before and after each request to S3. */
    readonly onRequest?: (step: string) => void;
    /** Goes between the library and each storage. */
    readonly wrap?: (storage: FileStorage) => FileStorage;
  } = {},
): Promise<Documents> {
  const { hook, onRequest, wrap = (storage) => storage, ...more } = options;
  const storageAt = (location: string): FileStorage =>
    s3 === undefined
      ? new FileSystemStorage({ location: join(directory, location), uploadUrl: '/uploads/', keys })
      : s3Storage(s3, location, onRequest);
  const files = fileFields({
    storages: defineStorages(
      Object.fromEntries(
        Object.entries(aliases).map(([alias, location]) => [
          alias,
          () => wrap(storageAt(location)),
        ]),
      ),
    ),
    ...(s3 === undefined ? {} : { environment: 'crash' }),
    keys,
    worker: 'manual',
    grace: '0ms',
    journal: { schema: 'public' },
    variants: { engine: pictureEngine },
    ...more,
    [failPoints]: hook,
  });
  const orm = await MikroORM.init({
    ...connection,
    ...(application && { schema: application, driverOptions: searching(application) }),
    entities: [Doc, Folder, Picture],
    extensions: [files],
  });
  return {
    orm,
    files,
    storage: (alias) => files.storages.get(alias),
    [Symbol.asyncDispose]: async () => {
      await files.close();
      await orm.close(true);
    },
  };
}

/** Where raw SQL finds its tables. */
function searching(schema: string): object {
  return { options: `-c search_path=${schema}` };
}

/** A new file whose bytes are those of its label; they come in several chunks. */
export function document(label: string): FieldFile {
  return FieldFile.from(() => chunksOf(label), { filename: `${label}.txt` });
}

/** What a browser is to send, and what it gets. */
export async function announced({ files }: Documents, label: string): Promise<DirectUpload> {
  const bytes = await bytesOf(label);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = { filename: `${label}.txt`, size: bytes.byteLength, sha256 };
  return await files.createUpload(Doc, 'file', file);
}

/** Sends it, or something else in its place; too late is no error. */
export async function sent(
  { storage }: Documents,
  { request }: DirectUpload,
  label: string,
): Promise<void> {
  await sendUpload(storage('default'), request, await bytesOf(label));
}

/** What a file with this label must hold. */
export async function bytesOf(label: string): Promise<Buffer<ArrayBuffer>> {
  return Buffer.concat(await Array.fromAsync(chunksOf(label)));
}

async function* chunksOf(label: string): AsyncGenerator<Uint8Array> {
  for (const part of [1, 2, 3]) yield Buffer.alloc(24_000, `${label}, part ${part}\n`);
}
