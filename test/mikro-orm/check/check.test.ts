import { randomBytes } from 'node:crypto';
import { defineStorages, FileSystemStorage, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type {
  CheckFinding,
  CheckReport,
  FileFields,
  FileFieldsOptions,
} from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkServer } from '../../../packages/mikro-orm/src/check/check-server.ts';
import { databaseOf } from '../../../packages/mikro-orm/src/journal/database.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { createApp, type App, type AppOptions } from '../support.ts';

const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({ id: p.integer().primary(), file: fileField().nullable() }),
});

const keys = ['k'.repeat(32)];

/** An application of which nothing is to be said, but for what the options change. */
async function goodApp(options: AppOptions = {}): Promise<App> {
  const disk = async () =>
    new FileSystemStorage({ location: await temporaryDirectory(), baseUrl: '/media/', keys });
  return await createApp([Doc], {
    default: await disk(),
    other: await disk(),
    ...options,
    files: { environment: 'test', keys, grace: '24h', ...options.files },
  });
}

function finding({ findings }: CheckReport, subject: string): CheckFinding | undefined {
  return findings.find((one) => one.subject === subject);
}

/** The application as a role of its own, without any rights. */
async function asRole(app: App, settings = '', options: Partial<FileFieldsOptions> = {}) {
  const role = `filefield_check_${randomBytes(6).toString('hex')}`;
  await app.sql(`create role ${role} login password 'hunter2'`);
  if (settings !== '') await app.sql(`alter role ${role} set ${settings}`);
  onTestFinished(async () => {
    await app.sql(`drop owned by ${role}; drop role ${role}`);
  });
  return await open({ ...app.database.connection, user: role, password: 'hunter2' }, options);
}

async function open(
  connection: Options,
  options: Partial<FileFieldsOptions> = {},
): Promise<FileFields> {
  const storages = defineStorages({
    default: () => new MemoryStorage(),
    other: () => new MemoryStorage(),
  });
  const files = fileFields({ storages, worker: 'manual', ...options });
  const orm = await MikroORM.init({ ...connection, entities: [Doc], extensions: [files] });
  onTestFinished(() => orm.close(true));
  return files;
}

describe('check()', () => {
  it('finds nothing to say of an application as it should be', async () => {
    const app = await goodApp();

    const report = await app.files.check();

    expect(report.findings.filter(({ state }) => state !== 'good')).toEqual([]);
    expect(report.isGood).toBe(true);
    expect(report.findings.map(({ subject }) => subject)).toEqual([
      'environment',
      'keys',
      'grace',
      'locations',
      'storage "default"',
      'storage "default": urls',
      'storage "other"',
      'storage "other": urls',
      'storage "default": owner',
      'storage "other": owner',
      'database',
      'connections',
      'isolation',
      'long transactions',
      'journal',
      'journal functions',
      'triggers',
      'rights',
      "worker's rights",
      'dead letters',
      'reclaiming',
      'aliases of "public"."doc"',
    ]);
  });

  it('takes the triggers of every kind of column for what they are', async () => {
    const Note = defineEntity({
      name: 'No"te',
      embeddable: true,
      properties: { 'a b?': fileField().nullable() },
    });
    const Mixed = defineEntity({
      name: 'Mixed',
      properties: (p) => ({
        id: p.integer().primary(),
        notes: p.embedded(Note).array(),
        kept: fileField({ onDelete: 'keep' }).nullable(),
        named: fileField({ column: 'name', default: "it's.png", onReplace: 'reclaim' }).nullable(),
      }),
    });
    const app = await createApp([Mixed], {});

    expect(finding(await app.files.check(), 'triggers')).toMatchObject({ state: 'good' });
  });

  it('takes no location and gives the journal no identity', async () => {
    const app = await goodApp({ prepare: async (orm) => orm.schema.create() });

    const report = await app.files.check();

    expect(finding(report, 'storage "default": owner')).toMatchObject({ state: 'good' });
    expect(app.storage.calls.filter(({ operation }) => operation === 'save')).toEqual([]);
    expect(await app.sql('select from file_journal')).toEqual([]);
  });

  it('adds what a probe finds, once for each place', async () => {
    const app = await goodApp();
    const probe = async () => ({
      findings: [{ subject: 'versioning', state: 'bad', message: 'none' } as const],
    });

    const report = await app.files.check({ probe });

    expect(report.isGood).toBe(false);
    expect(finding(report, 'storage "other": versioning')).toEqual({
      subject: 'storage "other": versioning',
      state: 'bad',
      message: 'none',
    });
  });

  it('tells of a probe that fails', async () => {
    const app = await goodApp();

    const report = await app.files.check({ probe: async () => Promise.reject(new TypeError('x')) });

    expect(finding(report, 'storage "default": probe')).toMatchObject({
      state: 'unknown',
      message: 'it cannot be looked at: TypeError',
    });
  });
});

describe('check() tells of the configuration', () => {
  it.each<[what: string, options: AppOptions, subject: string, found: Partial<CheckFinding>]>([
    [
      'no environment',
      { files: { environment: undefined as never } },
      'environment',
      { state: 'advice', message: 'no environment is set' },
    ],
    [
      'a grace that is shorter than URLs live',
      { files: { grace: '1m' } },
      'grace',
      {
        state: 'advice',
        message: expect.stringMatching(/stay for 60 seconds, signed URLs live for/),
      },
    ],
    [
      'a private storage whose URLs never end',
      { default: new MemoryStorage() },
      'storage "default": urls',
      { state: 'advice', message: 'it is private, and its URLs do not expire' },
    ],
  ])('%s', async (_what, options, subject, found) => {
    const app = await goodApp(options);

    expect(finding(await app.files.check(), subject)).toMatchObject({
      ...found,
      breaks: expect.any(String),
      fix: expect.any(String),
    });
  });

  it('a private storage without URLs', async () => {
    const disk = new FileSystemStorage({ location: await temporaryDirectory() });
    const app = await goodApp({ default: disk });

    expect(finding(await app.files.check(), 'storage "default": urls')).toMatchObject({
      state: 'advice',
      message: expect.stringContaining('it has no baseUrl'),
    });
  });

  it('no keys where browsers could upload', async () => {
    const location = await temporaryDirectory();
    const disk = new FileSystemStorage({ location, baseUrl: '/m/', uploadUrl: '/u/', keys });
    const app = await goodApp({ default: disk, files: { keys: [] } });

    expect(finding(await app.files.check(), 'keys')).toMatchObject({
      state: 'advice',
      breaks: 'files.createUpload() throws',
    });
  });

  it('a pool that the server has no room for', async () => {
    const app = await goodApp({ orm: { pool: { max: 100_000 } } });

    expect(finding(await app.files.check(), 'connections')).toMatchObject({
      state: 'bad',
      fix: expect.stringContaining('pool.max'),
    });
  });
});

describe('check() tells of the storages', () => {
  it('one that is not ready', async () => {
    const app = await goodApp();
    app.faults.push({ operation: 'ready' });

    const report = await app.files.check();

    expect(finding(report, 'storage "default"')).toMatchObject({ state: 'bad' });
    expect(report.isGood).toBe(false);
  });

  it('one inside another', async () => {
    const app = await goodApp();
    const outer = await temporaryDirectory();
    const place = (location: string) => new FileSystemStorage({ location });
    app.files.storages.override({ default: place(outer), other: place(`${outer}/inner`) });

    expect(finding(await app.files.check(), 'locations')).toMatchObject({
      state: 'bad',
      message: expect.stringContaining('lies inside that of "default"'),
    });
  });

  it('one that belongs to another environment', async () => {
    const app = await goodApp();
    const staging = await open(app.database.connection, { environment: 'staging' });
    staging.storages.override({ default: app.storage });
    await staging.claimLocation('default');

    expect(finding(await app.files.check(), 'storage "default": owner')).toMatchObject({
      state: 'bad',
      message: 'its location belongs to "staging", or to the same with another database',
      fix: expect.stringContaining('claimLocation("default")'),
    });
  });

  it('one whose owner a role cannot compare', async () => {
    const app = await goodApp();
    const files = await asRole(app, '', { environment: 'test' });
    files.storages.override({ default: app.storage });

    expect(finding(await files.check(), 'storage "default": owner')).toMatchObject({
      state: 'unknown',
    });
  });

  it('one that cannot be read', async () => {
    const app = await goodApp();
    app.faults.push({ operation: 'open' });

    expect(finding(await app.files.check(), 'storage "default": owner')).toMatchObject({
      state: 'bad',
    });
  });
});

describe('check() tells of the database', () => {
  it('that it does not answer, and ends there', async () => {
    const files = await open({
      host: '127.0.0.1',
      port: await freePort(),
      dbName: 'x',
      password: 'hunter2',
    });

    const report = await files.check();

    expect(report.findings.at(-1)).toMatchObject({
      subject: 'database',
      state: 'bad',
      message: 'it does not answer: ECONNREFUSED',
    });
    expect(JSON.stringify(report)).not.toContain('hunter2');
  });

  it('that it refuses the password', async () => {
    const app = await goodApp();
    const files = await asRole(app);
    const wrong = await open({
      ...app.database.connection,
      user: 'nobody_here',
      password: 'hunter3',
    });

    const report = await wrong.check();

    expect(finding(report, 'database')).toMatchObject({
      state: 'bad',
      message: expect.stringMatching(/it does not answer: (?:password authentication failed|role)/),
    });
    expect(JSON.stringify([report, await files.check()])).not.toMatch(/hunter\d/);
  });

  it.each<[what: string, settings: string, subject: string, message: string]>([
    [
      'a higher isolation by default',
      `default_transaction_isolation = 'serializable'`,
      'isolation',
      'transactions are serializable unless told otherwise',
    ],
    [
      'a short statement_timeout',
      `statement_timeout = '5s'`,
      'statement_timeout',
      'statements end after 5000 milliseconds',
    ],
    [
      'a short idle_in_transaction_session_timeout',
      `idle_in_transaction_session_timeout = '1min'`,
      'idle_in_transaction_session_timeout',
      'idle transactions end after 60000 milliseconds',
    ],
  ])('%s', async (_what, settings, subject, message) => {
    const files = await asRole(await goodApp(), settings);

    expect(finding(await files.check(), subject)).toMatchObject({ state: 'advice', message });
  });

  it('a transaction that has been writing for long', async () => {
    const app = await goodApp();
    await app.em().transactional(async (em) => {
      await em
        .getConnection()
        .execute('select pg_current_xact_id()', [], 'all', em.getTransactionContext());

      const findings = await checkServer(databaseOf(app.orm.em.getConnection('write')), {
        poolMax: 10,
        uploadTimeout: 1,
        longTransaction: 0,
      });

      expect(findings.find(({ subject }) => subject === 'long transactions')).toMatchObject({
        state: 'advice',
        message: expect.stringContaining('a transaction that writes has been open for'),
      });
    });
  });
});

const broken: [what: string, sql: string, subject: string, message: string][] = [
  ['no journal', 'drop table file_journal cascade', 'journal', 'is not there'],
  ['an older journal', 'alter table file_journal drop column fence', 'journal', 'lacks fence'],
  [
    'a journal without what keeps one object from being deleted twice',
    'drop index file_journal_deleting',
    'journal',
    'lacks the index "file_journal_deleting"',
  ],
  [
    'a function that runs with the rights of whoever calls it',
    'alter function filefield_schedule security invoker',
    'journal functions',
    'filefield_schedule(): missing, or of another version',
  ],
  [
    'a trigger whose function does something else',
    `do $$ begin execute (select format('create or replace function %I() returns trigger language plpgsql as ''begin return null; end''', proname)
      from pg_proc where proname like 'filefield_del%'); end $$`,
    'triggers',
    '() was altered',
  ],
  [
    'a function that is missing',
    'drop function filefield_hold',
    'journal functions',
    'filefield_hold(): missing, or of another version',
  ],
  [
    'a function of another version',
    `create or replace function filefield_hold(of_storage text, of_name text) returns integer language sql as 'select 1'`,
    'journal functions',
    'filefield_hold(): missing, or of another version',
  ],
  [
    'a trigger that is disabled',
    'alter table doc disable trigger user',
    'triggers',
    '"public"."doc" refers to, nothing is deleted: it lacks its current triggers',
  ],
  [
    'a table of another application that is of another version',
    `create table theirs (id int); create function theirs() returns trigger language plpgsql as 'begin return null; end';
     create trigger filefield_ins_0 after insert on theirs for each statement execute function theirs('{"v":2}')`,
    'triggers',
    'trigger "filefield_ins_0" is of another version',
  ],
  [
    'files in a storage that is not defined',
    `insert into doc (file) select '{"storage":"attic","name":"a"}' from generate_series(1, 3)`,
    'aliases of "public"."doc"',
    'not defined here: "attic" (3)',
  ],
];

describe('check() finds bad', () => {
  it('what everybody may call, and its statement takes that away', async () => {
    const app = await goodApp();
    await app.sql('grant execute on function filefield_identity() to public');
    const open = finding(await app.files.check(), 'journal functions');

    await app.sql(open!.fix!);

    expect(open).toMatchObject({
      state: 'bad',
      message: 'everybody may call filefield_identity()',
    });
    expect(finding(await app.files.check(), 'journal functions')).toMatchObject({ state: 'good' });
  });

  it('a function that is missing, and what it says mends it', async () => {
    const app = await goodApp();
    await app.sql('drop function filefield_hold');
    const { fix = '' } = finding(await app.files.check(), 'journal functions')!;

    await app.sql(fix.split('\n')[0]!);
    await app.orm.schema.update();

    expect(finding(await app.files.check(), 'journal functions')).toMatchObject({ state: 'good' });
  });

  it.each<[what: string, sql: string]>([
    ['that are disabled', 'alter table doc disable trigger user'],
    [
      'whose function was altered',
      `do $$ begin execute (select format('alter function %I() security invoker', proname)
        from pg_proc where proname like 'filefield_del%'); end $$`,
    ],
  ])('triggers %s, and the statements that it names mend it', async (_what, sql) => {
    const app = await goodApp();
    await app.sql(sql);
    const broken = finding(await app.files.check(), 'triggers');

    for (const statement of app.files.triggerSql()) await app.sql(statement);

    expect(broken).toMatchObject({
      state: 'bad',
      fix: expect.stringContaining('filefield triggers prints the statements'),
    });
    expect(finding(await app.files.check(), 'triggers')).toMatchObject({ state: 'good' });
  });

  it.each(broken)('%s', async (_what, sql, subject, message) => {
    const app = await goodApp();
    await app.sql(sql);

    const report = await app.files.check();

    expect(report.isGood).toBe(false);
    expect(finding(report, subject)).toMatchObject({
      state: 'bad',
      message: expect.stringContaining(message),
      breaks: expect.any(String),
      fix: expect.any(String),
    });
  });
});

describe('check() tells of what is to be reclaimed', () => {
  it('that objects were given up, and lets them be tried again', async () => {
    const app = await goodApp();
    await app.sql(
      `insert into file_journal (storage, name, state, attempts, last_error) values ('default', 'a.txt', 3, 9, 'no route')`,
    );

    const dead = finding(await app.files.check(), 'dead letters');

    expect(dead).toMatchObject({
      state: 'advice',
      message: 'the worker gave up 1 objects, such as "a.txt" in "default" (no route)',
    });
    await app.sql(dead!.fix!.replace(/^.*?(?=update)/, ''));
    expect(await app.files.worker.drain()).toMatchObject({ reclaimed: 1 });
  });

  it('that nobody does it', async () => {
    const app = await goodApp();
    await app.sql(
      `insert into file_journal (storage, name, due_at) values ('default', 'a.txt', now() - interval '150 minutes')`,
    );

    expect(finding(await app.files.check(), 'reclaiming')).toMatchObject({
      state: 'advice',
      message: '1 objects are due, the oldest for 2 hours',
    });
  });
});

describe('check() as a role of its own', () => {
  it('says which rights the application lacks, and the statements that grant them do', async () => {
    const app = await goodApp();
    const files = await asRole(app);
    const before = finding(await files.check(), 'rights');

    await app.sql(before!.fix!);
    const report = await files.check();

    expect(before).toMatchObject({
      state: 'bad',
      message: expect.stringContaining('the role lacks EXECUTE on filefield_schedule, '),
    });
    expect(finding(report, 'rights')).toMatchObject({ state: 'good' });
    expect(finding(report, "worker's rights")).toMatchObject({ state: 'advice' });
    expect(finding(report, 'dead letters')).toMatchObject({ state: 'unknown' });
    expect(report.isGood).toBe(true);
  });

  it('says which rights the worker lacks, and the statements that grant them do', async () => {
    const app = await goodApp();
    const files = await asRole(app, '', { worker: 'auto' });
    const before = finding(await files.check(), "worker's rights");

    await app.sql(before!.fix!);

    expect(before).toMatchObject({ state: 'bad', breaks: 'the worker of this process stays off' });
    expect(finding(await files.check(), "worker's rights")).toMatchObject({ state: 'good' });
  });

  it('says which policy hides rows from the worker', async () => {
    const app = await goodApp();
    const files = await asRole(app);
    await app.sql(finding(await files.check(), "worker's rights")!.fix!);
    await app.sql('alter table doc enable row level security');
    const hidden = finding(await files.check(), "worker's rights");

    await app.sql(hidden!.fix!);

    expect(hidden?.message).toContain('BYPASSRLS, a policy hides rows of "public"."doc"');
    expect(finding(await files.check(), "worker's rights")).toMatchObject({ state: 'good' });
  });
});
