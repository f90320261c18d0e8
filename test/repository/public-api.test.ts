import { describe, expect, it } from 'vitest';
import { packageEntries } from '../support/entry-exports.ts';

// A change here is a change for users: accept it with `vitest -u` and add a changeset.
describe('the public API', () => {
  it('has these entries', async () => {
    const entries = await packageEntries();

    expect(entries.map(({ specifier }) => specifier)).toEqual([
      '@filefield/cli',
      '@filefield/core',
      '@filefield/core/binding',
      '@filefield/core/sharp',
      '@filefield/core/testing',
      '@filefield/core/transformers',
      '@filefield/http',
      '@filefield/http/node',
      '@filefield/http/browser',
      '@filefield/mikro-orm',
      '@filefield/mikro-orm/legacy',
      '@filefield/mikro-orm/es',
      '@filefield/s3',
      '@filefield/static',
    ]);
  });

  it('of @filefield/cli is this', async () => {
    const exported = Object.keys(await import('@filefield/cli')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "run",
      ]
    `);
  });

  it('of @filefield/core is this', async () => {
    const exported = Object.keys(await import('@filefield/core')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "CheckedStorage",
        "FieldDefinitionError",
        "FieldFile",
        "FileChangedError",
        "FileExistsError",
        "FileFieldError",
        "FileNotFoundError",
        "FileSystemStorage",
        "FileValidationError",
        "FileWriteStream",
        "IntegrityError",
        "InvalidNameError",
        "MemoryStorage",
        "NoFileError",
        "PendingFileError",
        "StorageError",
        "StorageOptionsError",
        "Storages",
        "UnknownStorageError",
        "UnsupportedOperationError",
        "UploadRejectedError",
        "UrlNotReadyError",
        "assertName",
        "assertUploadTo",
        "cleanFilename",
        "defineStorages",
        "extensions",
        "fallbackStorage",
        "hasUniqueToken",
        "resize",
        "signUrl",
        "smokeTest",
        "srcset",
        "uniqueName",
        "uploadPath",
        "validFilename",
        "variant",
        "verifyUrl",
      ]
    `);
  });

  it('of @filefield/core/binding is this', async () => {
    const exported = Object.keys(await import('@filefield/core/binding')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "ImageInspection",
        "Intake",
        "PathSource",
        "asLibrary",
        "assertKeys",
        "assertReadable",
        "assertSiteUrl",
        "assertWritable",
        "availableName",
        "collect",
        "compareNames",
        "detectType",
        "emptyIssue",
        "encodeName",
        "essence",
        "fileBinding",
        "fileBody",
        "fileStat",
        "headBytes",
        "imageIssues",
        "incomingDirectory",
        "isActiveType",
        "isLibrary",
        "isMeasurable",
        "isRereadable",
        "isSameKind",
        "listedVariant",
        "mergedWalk",
        "nameIssues",
        "nameProblem",
        "nearNames",
        "openToken",
        "openVariantLink",
        "partsOf",
        "readSource",
        "readsAllOf",
        "ruleIssues",
        "rulesProblem",
        "sealToken",
        "shownName",
        "sizeIssue",
        "spelledOut",
        "typeOfName",
        "unknownType",
        "uploadMethods",
        "variantFile",
        "variantLinks",
        "variantName",
      ]
    `);
  });

  it('of @filefield/core/sharp is this', async () => {
    const exported = Object.keys(await import('@filefield/core/sharp')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "sharpEngine",
      ]
    `);
  });

  it('of @filefield/core/testing is this', async () => {
    const exported = Object.keys(await import('@filefield/core/testing')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "failingStorage",
        "meetsNeeds",
        "storageContract",
      ]
    `);
  });

  it('of @filefield/core/transformers is this', async () => {
    const exported = Object.keys(await import('@filefield/core/transformers')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "cloudflareImages",
        "cloudfrontImages",
        "imgproxy",
      ]
    `);
  });

  it('of @filefield/http is this', async () => {
    const exported = Object.keys(await import('@filefield/http')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "FormError",
        "downloadHandler",
        "errorResponse",
        "formParts",
        "mediaHandler",
        "readForm",
        "serveFile",
        "uploadHandler",
        "variantHandler",
      ]
    `);
  });

  it('of @filefield/http/node is this', async () => {
    const exported = Object.keys(await import('@filefield/http/node')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "fastifyHandler",
        "koaHandler",
        "nodeHandler",
        "requestOf",
      ]
    `);
  });

  it('of @filefield/http/browser is this', async () => {
    const exported = Object.keys(await import('@filefield/http/browser')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "UploadError",
        "uploadFile",
        "uppyUploads",
      ]
    `);
  });

  it('of @filefield/mikro-orm is this', async () => {
    const exported = Object.keys(await import('@filefield/mikro-orm')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "fileField",
        "fileFields",
        "fileTriggerSql",
        "imageField",
        "journalGrants",
        "workerGrants",
      ]
    `);
  });

  it('of @filefield/mikro-orm/legacy is this', async () => {
    const exported = Object.keys(await import('@filefield/mikro-orm/legacy')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "FileField",
        "ImageField",
      ]
    `);
  });

  it('of @filefield/mikro-orm/es is this', async () => {
    const exported = Object.keys(await import('@filefield/mikro-orm/es')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "FileField",
        "ImageField",
      ]
    `);
  });

  it('of @filefield/s3 is this', async () => {
    const exported = Object.keys(await import('@filefield/s3')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "S3Storage",
        "bucketConfiguration",
        "bucketConfigurations",
        "corsRules",
        "iamPolicy",
        "probe",
        "s3Storages",
        "staticOptions",
        "storagesFromEnv",
      ]
    `);
  });

  it('of @filefield/static is this', async () => {
    const exported = Object.keys(await import('@filefield/static')).toSorted();

    expect(exported).toMatchInlineSnapshot(`
      [
        "StaticFilesError",
        "UnknownStaticFileError",
        "assertApart",
        "collectStatic",
        "contentHash",
        "defaultIgnore",
        "findStatic",
        "formatManifest",
        "hashedName",
        "loadStatic",
        "manifestHash",
        "manifestName",
        "parseManifest",
        "readManifest",
        "staticHandler",
        "unhashedName",
      ]
    `);
  });
});
