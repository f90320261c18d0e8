import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { runCli, type CliOutput, type CliProject, type CliSurroundings } from './run-cli.ts';

const User = defineEntity({
  name: 'User',
  properties: {
    id: p.integer().primary(),
    avatar: fileField({ storage: 'local', uploadTo: 'avatars/' }).nullable(),
  },
});

describe('filefield check', () => {
  it('is good on a database that is up to date', async () => {
    const { run } = await project();

    const { exitCode, stdout } = await run(['check']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\d+ things checked: 0 bad, /);
  });

  it('tells what is good too when it is asked for all', async () => {
    const { run } = await project();

    const { stdout } = await run(['check', '--all']);

    expect(stdout).toContain('database: good, ');
  });

  it('says what a missing trigger breaks and how to mend it, and ends with 1', async () => {
    const { run, sql } = await project();
    await sql(`do $$ begin execute (select format('drop trigger %I on "user"', tgname)
      from pg_trigger where tgname like 'filefield_del%'); end $$`);

    const { exitCode, stdout } = await run(['check']);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/: bad, .+\n {2}breaks: .+\n {2}fix: .+/);
  });

  it('is bad where uploads could take the place of static files', async () => {
    const { run } = await project({ sources: ['assets'], storage: 'local' });

    const { exitCode, stdout } = await run(['check']);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /static files: bad, Cannot keep static files .+: both have one location/,
    );
  });

  it('is bad, and no crash, without a database', async () => {
    const { exitCode, stdout } = await runCli(['check', '--json'], {
      storages: { local: new MemoryStorage() },
      orm: { entities: [User] },
    });

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ isGood: false });
  });
});

describe('filefield migrate', () => {
  it('looks first, then copies, and says what comes next', async () => {
    const app = await project();
    await app.save(1);
    const flags = ['migrate', '--from', 'local', '--to', 'remote'];

    const looked = await app.run([...flags, '--dry-run']);
    const asked = await app.run(flags);
    const { exitCode, stdout } = await app.run([...flags, '--yes', '--resume']);

    expect(looked.stdout).toContain('1 object (5 B) from local to remote: 1 to copy (5 B)');
    expect(looked.stdout).toContain('Next: Run it without --dry-run: 1 object would be copied\n');
    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Pass --yes') });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/1 copied \(5 B\), 0 there already, 1 compared\n.*\nNext: \S/);
    expect(await names(app.remote)).toEqual(await names(app.local));
  });

  it('makes rows refer to the other storage, and back', async () => {
    const app = await project();
    await app.save(1);
    const flags = ['migrate', '--from', 'local', '--to', 'remote', '--switch', 'rows', '--yes'];

    const there = await app.run(flags);
    const after = await app.aliases();
    const back = await app.run([...flags, '--reverse', '--json']);

    expect(there).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 row switched') });
    expect(after).toEqual([{ storage: 'remote' }]);
    expect(JSON.parse(back.stdout)).toMatchObject({
      from: 'remote',
      to: 'local',
      isComplete: true,
    });
    expect(await app.aliases()).toEqual([{ storage: 'local' }]);
  });

  it('ends with 1 while something is left, and in a dry run when something is in the way', async () => {
    const app = await project();
    await app.save(1);
    const flags = ['migrate', '--from', 'local', '--to', 'remote', '--yes'];
    app.faults.push({ operation: 'open' });

    const failed = await app.run(flags);
    await app.local.deleteMany(await names(app.local));
    const looked = await app.run([...flags, '--dry-run']);

    expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^failed avatars/) });
    expect(looked.exitCode).toBe(1);
    expect(looked.stdout).toMatch(
      /^missing avatars\/a_\w+\.txt, a row of public\.user\.avatar refers/,
    );
  });

  it('goes on after it was stopped', async () => {
    const app = await project();
    await app.save(1);
    const stop = new AbortController();
    app.faults.push({ operation: 'open', effect: 'hang' });
    const flags = ['migrate', '--from', 'local', '--to', 'remote', '--yes'];
    setTimeout(() => stop.abort(new Error('stopped')), 300);

    const stopped = await app.run(flags, { signal: stop.signal });
    app.faults.length = 0;
    const { exitCode } = await app.run(flags);

    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain('run the same command again, it goes on from there');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['no storages', [], 'pass --from ALIAS and --to ALIAS'],
    ['an alias that is misspelt', ['--from', 'locla', '--to', 'remote'], 'Did you mean "local"?'],
    ['another way to switch', ['--switch', 'row'], 'Did you mean "rows"?'],
    ['a rate that is none', ['--bytes-per-second', 'fast'], 'such as 500kB or 10MB'],
  ])('refuses %s', async (_what, flags, told) => {
    const storages = { local: new MemoryStorage(), remote: new MemoryStorage() };

    const { exitCode, stderr } = await runCli(['migrate', ...flags], { storages });

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(told) });
  });
});

describe('filefield backfill', () => {
  it('fills in what rows do not tell', async () => {
    const app = await project();
    await app.save(1);
    await app.sql(`update "user" set avatar = avatar - 'size' - 'sha256'`);

    const { exitCode, stdout } = await app.run(['backfill', 'User.avatar', '-q']);

    expect(exitCode).toBe(0);
    expect(stdout).toBe('1 row looked at, 1 filled in, 0 left as they are\n');
    expect(await app.sql(`select avatar -> 'size' as size from "user"`)).toEqual([{ size: 5 }]);
  });
});

interface Project {
  readonly local: MemoryStorage;
  readonly remote: MemoryStorage;
  /** Of `local`. */
  readonly faults: StorageFault[];
  save(this: void, id: number): Promise<void>;
  sql(this: void, statement: string): Promise<unknown[]>;
  aliases(this: void): Promise<unknown[]>;
  run(this: void, argv: readonly string[], surroundings?: CliSurroundings): Promise<CliOutput>;
}

async function project(staticFiles?: CliProject['staticFiles']): Promise<Project> {
  const { connection } = await createDatabase();
  const [local, remote, faults] = [new MemoryStorage(), new MemoryStorage(), [] as StorageFault[]];
  const twin = staticFiles && { twin: failingStorage(local) };
  const storages = { local: failingStorage(local, faults), remote, ...twin };
  const orm = await MikroORM.init({
    ...connection,
    entities: [User],
    extensions: [
      fileFields({
        storages: defineStorages({ local: () => local, remote: () => remote }),
        worker: 'manual',
      }),
    ],
  });
  onTestFinished(async () => orm.close(true));
  await orm.schema.create();
  const sql = async (statement: string): Promise<unknown[]> =>
    await orm.em.getConnection().execute(statement);
  return {
    local,
    remote,
    faults,
    sql,
    save: async (id) => {
      const em = orm.em.fork();
      em.create(User, { id, avatar: FieldFile.from('bytes', { filename: 'a.txt' }) });
      await em.flush();
    },
    aliases: async () => await sql(`select avatar ->> 'storage' as storage from "user"`),
    run: async (argv, surroundings) =>
      await runCli(
        argv,
        { storages, staticFiles, orm: { ...connection, entities: [User] } },
        surroundings,
      ),
  };
}

async function names(storage: MemoryStorage): Promise<string[]> {
  return (await Array.fromAsync(storage.walk())).map(({ name }) => name);
}
