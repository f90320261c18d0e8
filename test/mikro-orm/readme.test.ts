import {
  FieldFile,
  FileSystemStorage,
  FileValidationError,
  MemoryStorage,
  defineStorages,
  extensions,
  type DirectUpload,
  type FileStorage,
} from '@filefield/core';
import { fileField, fileFields, journalGrants, type FileFields } from '@filefield/mikro-orm';
import { MikroORM, defineEntity, type EntityManager } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createDatabase } from '../support/database.ts';
import { sendUpload } from '../support/send-upload.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

// #region define
const Invoice = defineEntity({
  name: 'Invoice',
  properties: (p) => ({
    id: p.integer().primary(),
    scan: fileField({
      storage: 'private',
      uploadTo: 'invoices/%Y/',
      maxSize: 5_000_000,
    }).nullable(),
  }),
});
// #endregion

// #region names
const Doc = defineEntity({
  name: 'Doc',
  tableName: 'library_doc',
  properties: (p) => ({
    id: p.bigint('number').primary().generated('by default as identity'),
    file: fileField({
      storage: 'private',
      uploadTo: 'docs/',
      column: 'name',
      naming: 'django',
      maxLength: 100,
      default: '', // as Django: NOT NULL, and '' where there is no file
    }),
  }),
});
// #endregion

// #region validators
const Photo = defineEntity({
  name: 'Photo',
  properties: (p) => ({
    id: p.integer().primary(),
    image: fileField({
      storage: () => new MemoryStorage(), // its own; rows call it 'Photo.image'
      accept: ['image/*', '.pdf'], // checked against the bytes
      maxSize: 5_000_000,
      validators: [
        extensions(['png', 'jpg', 'pdf']),
        z.object({ filename: z.string().max(80, 'Choose a shorter name.') }),
        async ({ head }) => (isScreenshot(head) ? 'No screenshots, please.' : undefined),
      ],
    }),
  }),
});
// #endregion

function isScreenshot(head: Uint8Array): boolean {
  return Buffer.from(head).includes('Screenshot');
}

const bytes = new TextEncoder().encode('%PDF-1.4 scanned');

describe('the README of @filefield/mikro-orm shows how to', () => {
  it('change a value', async () => {
    const { em, storage } = await open();
    await storage.save('templates/empty.pdf', '%PDF-1.4');
    const [one, two, three] = [
      em.create(Invoice, {}),
      em.create(Invoice, {}),
      em.create(Invoice, {}),
    ];

    // #region values
    one.scan = FieldFile.from(bytes, { filename: 'scan.pdf' }); // pending: uploaded by the flush
    two.scan = FieldFile.stored({ storage: 'private', name: 'templates/empty.pdf' }); // not owned
    await em.flush();

    three.scan = one.scan.copy(); // another object with the same bytes
    one.scan = one.scan.renamed('2026-11.pdf'); // another object; the old one is reclaimed
    two.scan = two.scan.withFilename('Form.pdf'); // what downloads are called; nothing is copied
    await em.flush();

    one.scan = null; // the object is reclaimed
    await em.flush();
    // #endregion

    expect([one.scan, two.scan.name, two.scan.filename]).toEqual([
      null,
      'templates/empty.pdf',
      'Form.pdf',
    ]);
    expect(await three.scan.text()).toBe('%PDF-1.4 scanned');
  });

  it('keep only names', async () => {
    const { em, storage } = await open();
    await storage.save('docs/report.pdf', bytes);
    await em.getConnection().execute(`insert into library_doc (file) values ('docs/report.pdf')`);

    // #region filter-names
    const doc = await em.findOneOrFail(Doc, { file: 'docs/report.pdf' });
    const { size } = await doc.file!.stat(); // the column does not know it
    const reports = await em.find(Doc, { file: { $like: 'docs/%.pdf' } });
    // #endregion

    expect([size, doc.file!.size, reports.length]).toEqual([16, 16, 1]);
  });

  it('upload before the transaction', async () => {
    const { em, files } = await open();

    // #region stage
    const scan = await files.stage(Invoice, 'scan', bytes, { filename: 'scan.pdf' });
    const [id] = await em.insertMany(Invoice, [{ scan }]);
    // #endregion

    expect((await em.findOneOrFail(Invoice, id!)).scan?.filename).toBe('scan.pdf');
  });

  it('take what a browser has uploaded', async () => {
    const { em, files } = await open(await diskStorage());
    const announced = { filename: 'scan.pdf', size: 16, type: 'application/pdf' };
    const browser = async ({ request, token }: DirectUpload): Promise<string> => {
      await sendUpload(files.storages.get('private'), request, bytes);
      return token;
    };

    // #region upload
    const upload = await files.createUpload(Invoice, 'scan', {
      ...announced, // filename, size, type: as the browser says
      subject: 'user 7', // whom it is for
    });
    // The browser sends the file with upload.request, then the form with upload.token.
    const token = await browser(upload);

    const scan = FieldFile.fromUpload(token, { subject: 'user 7' });
    const invoice = em.create(Invoice, { scan });
    await em.flush();
    // #endregion

    expect(invoice.scan).toMatchObject({ filename: 'scan.pdf', type: 'application/pdf' });
    expect(await invoice.scan!.text()).toBe('%PDF-1.4 scanned');
  });

  it('write one column at once', async () => {
    const { em, files } = await open();
    const invoice = em.create(Invoice, {});
    await em.flush();

    // #region handle
    const field = files.field(invoice, 'scan');
    await field.save('scan.pdf', bytes); // UPDATE … WHERE the row holds what the entity holds
    await field.rename('2026-11.pdf');
    await field.delete();
    // #endregion

    expect(field.file).toBeNull();
  });

  it('filter and sort', async () => {
    const { em } = await open();
    em.create(Invoice, { scan: FieldFile.from(bytes, { filename: 'scan.pdf' }) });
    await em.flush();

    // #region filter
    const small = await em.find(
      Invoice,
      { scan: { type: 'application/pdf', size: { $lt: 1_000_000 } } },
      { orderBy: { scan: { size: 'desc' } } },
    );
    // #endregion

    expect(small.map(({ scan }) => scan?.filename)).toEqual(['scan.pdf']);
  });

  it('show what is wrong with a file', async () => {
    const { em } = await open();
    const invoice = em.create(Invoice, {});
    const problems: string[] = [];

    // #region errors
    invoice.scan = FieldFile.from(new Uint8Array(5_000_001), { filename: 'large.bin' });
    try {
      await em.flush();
    } catch (error) {
      if (!(error instanceof FileValidationError)) throw error;
      problems.push(...error.issues.map(({ message }) => message)); // fit for a form
    }
    // #endregion

    expect(problems).toEqual(['5000001 bytes is over the limit of 5000000 bytes']);
  });

  it('check files, in a storage of their own', async () => {
    const { em } = await open();
    const filename = `${'x'.repeat(100)}.exe`;

    em.create(Photo, { image: FieldFile.from('a Screenshot', { filename }) });

    await expect(em.flush()).rejects.toMatchObject({
      issues: [
        { validator: 'accept' },
        { message: 'File extension “exe” is not allowed. Allowed extensions are: png, jpg, pdf.' },
        { message: 'Choose a shorter name.' },
        { message: 'No screenshots, please.' },
      ],
    });
  });

  it('bring a file back, and delete what is due', async () => {
    const { em, files } = await open();
    const invoice = em.create(Invoice, { scan: FieldFile.from(bytes, { filename: 'scan.pdf' }) });
    await em.flush();
    const name = invoice.scan!.name!;
    invoice.scan = null;
    await em.flush();

    // #region reclaim
    invoice.scan = await files.restore({ storage: 'private', name });
    await em.flush();

    const { reclaimed, problems } = await files.worker.drain();
    // #endregion

    expect(await invoice.scan.text()).toBe('%PDF-1.4 scanned');
    expect({ reclaimed, problems }).toEqual({ reclaimed: 0, problems: [] });
  });

  it('watch the worker', async () => {
    const { files } = await open();
    const log = { warn: (..._: unknown[]): void => {} };

    // #region stats
    const { reclaimed, failed, delay95, journal } = await files.worker.stats();
    files.worker.on('failed', ({ storage, name, error, attempts, isDead }) => {
      log.warn('Cannot reclaim', { storage, name, error, attempts, isDead });
    });
    // #endregion

    expect([reclaimed, failed, delay95, journal.due]).toEqual([0, 0, undefined, 0]);
  });

  it('compare storages and database', async () => {
    const { files, storage } = await open();
    await storage.save('lost.pdf', bytes);

    // #region reconcile
    const { orphans, missing, differences, unfinished, dead } = await files.reconcile(); // a dry run
    const { scheduled } = await files.reconcile({ dryRun: false, olderThan: '7d' });
    // #endregion

    expect([orphans, missing, differences, unfinished, dead, scheduled]).toEqual([
      [],
      [],
      [],
      [],
      [],
      0,
    ]);
    expect(await files.reconcile({ olderThan: '0ms' })).toMatchObject({
      orphans: [{ name: 'lost.pdf' }],
    });
  });

  it('grant a role what the library needs', async () => {
    const { em, database } = await open();
    const connection = em.getConnection();
    const role = `${database}_app`;
    await connection.execute(`create role "${role}"`);

    // #region grants
    for (const statement of journalGrants({ role })) await connection.execute(statement);
    // #endregion

    const granted = await connection.execute<[{ count: number }]>(
      `select count(*)::int from information_schema.role_routine_grants where grantee = '${role}'`,
    );
    await connection.execute(`drop owned by "${role}"; drop role "${role}"`);
    expect(granted[0].count).toBe(journalGrants({ role }).length - 1);
  });
});

/** An application on a database of its own. */
const keys = ['a secret of more than 32 characters'];

async function diskStorage(): Promise<FileStorage> {
  const location = await temporaryDirectory();
  return new FileSystemStorage({ location, uploadUrl: '/uploads/', keys });
}

async function open(storage: FileStorage = new MemoryStorage()): Promise<{
  em: EntityManager;
  files: FileFields;
  storage: FileStorage;
  database: string;
}> {
  const database = await createDatabase();
  const files = fileFields({
    storages: defineStorages({ private: () => storage }),
    keys,
    worker: 'manual',
  });
  const orm = await MikroORM.init({
    ...database.connection,
    entities: [Invoice, Doc, Photo],
    extensions: [files],
  });
  onTestFinished(() => orm.close());
  await orm.schema.create();
  return { em: orm.em.fork(), files, storage, database: database.name };
}
