import { MemoryStorage, UnsupportedOperationError } from '@filefield/core';
import type {
  DirectUpload,
  FieldFile,
  StorageCapabilities,
  UploadGrant,
  UploadRequest,
  UploadStep,
} from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { fileField, type CreateUploadOptions } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';
import { createApp, type App, type AppOptions } from '../support.ts';

/** The key that signs tokens. */
export const key = 'a secret of more than 32 characters';

/** Takes direct uploads as S3's forms do: each replaces the one before. It knows no PUT. */
class OpenMemoryStorage extends MemoryStorage {
  override readonly capabilities: StorageCapabilities = {
    ...new MemoryStorage().capabilities,
    directUpload: true,
  };
  /** Runs once, before the next copy. */
  beforeCopy: (() => Promise<void>) | undefined;

  protected override async uploadRequest(
    { name, expiresIn }: UploadGrant,
    { kind }: UploadStep,
  ): Promise<UploadRequest> {
    if (kind === 'put') throw new UnsupportedOperationError('put', this.alias, 'use a form');
    const url = `memory:${kind}?expires=${expiresIn}`;
    return { method: 'POST', url, headers: {}, fields: { key: name } };
  }

  protected override async copyObject(
    ...[from, to, options]: Parameters<MemoryStorage['copyObject']>
  ): Promise<void> {
    const { beforeCopy } = this;
    this.beforeCopy = undefined;
    await beforeCopy?.();
    await super.copyObject(from, to, options);
  }
}

/** A page with a photo. */
export const Page = defineEntity({
  name: 'Page',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().default('home'),
    photo: fileField<{ title?: string }>({
      uploadTo: ({ title = 'home' }, filename) => `${title}/${filename}`,
      maxSize: 1000,
      validators: [
        ({ head }) => (Buffer.from(head).includes('virus') ? 'A virus was found.' : undefined),
      ],
    }).nullable(),
    attachment: fileField().nullable(),
    cover: fileField({ accept: ['image/*', '.txt'], maxSize: 100, allowEmpty: false }).nullable(),
  }),
});
export type Page = InferEntity<typeof Page>;

/** An application whose storage takes direct uploads, and a browser that sends them. */
export interface UploadApp {
  readonly app: App;
  readonly storage: OpenMemoryStorage;
  /** Announces a photo. */
  readonly announce: (options?: Partial<CreateUploadOptions>) => Promise<DirectUpload>;
  /** Sends it, or sends it again. */
  readonly send: (upload: DirectUpload, content: string) => Promise<void>;
  /** Announces a photo and sends it; answers the token. */
  readonly upload: (content: string, options?: Partial<CreateUploadOptions>) => Promise<string>;
  /** Flushes a new page. */
  readonly insert: (photo: FieldFile, title?: string) => Promise<void>;
  /** The photos in the order of their pages. */
  readonly photos: () => Promise<(FieldFile | null | undefined)[]>;
}

/** An application of its own for one test. */
export async function createUploadApp(
  files: AppOptions['files'] = {},
  entities: Parameters<typeof createApp>[0] = [Page],
): Promise<UploadApp> {
  const storage = new OpenMemoryStorage();
  const app = await createApp(entities, { default: storage, files: { keys: [key], ...files } });
  const uploads: UploadApp = {
    app,
    storage,
    announce: async (options = {}) =>
      await app.files.createUpload(Page, 'photo', { filename: 'me.txt', ...options }),
    send: async ({ name }, content) => {
      await storage.save(name, content, asLibrary({ ifExists: 'overwrite' }));
    },
    upload: async (content, options) => {
      const upload = await uploads.announce(options);
      await uploads.send(upload, content);
      return upload.token;
    },
    insert: async (photo, title = 'home') => {
      const em = app.em();
      em.create(Page, { title, photo });
      await em.flush();
    },
    photos: async () => {
      const pages = await app.em().find(Page, {}, { orderBy: { id: 'asc' } });
      return pages.map(({ photo }) => photo);
    },
  };
  return uploads;
}
