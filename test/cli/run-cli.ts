import { PassThrough } from 'node:stream';
import { defineStorages, type FileStorage } from '@filefield/core';
import { run, type Host, type LoadedConfiguration } from '@filefield/cli';
import { fileFields, type FileFieldsOptions } from '@filefield/mikro-orm';
import type { Options } from '@mikro-orm/postgresql';

/** What a command printed. */
export interface CliOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project as a configuration file would describe it. */
export interface CliProject {
  readonly storages?: Readonly<Record<string, FileStorage>>;
  readonly files?: Partial<FileFieldsOptions>;
  readonly orm?: Options;
  readonly staticFiles?: LoadedConfiguration['staticFiles'] | undefined;
}

/** What else a command runs in. */
export interface CliSurroundings extends Partial<Host> {
  /** What the operator types on a terminal. Default: stdin is none. */
  readonly typed?: string;
}

/** Runs a command in this process, in a project that need not be on a disk. */
export async function runCli(
  argv: readonly string[],
  project: CliProject = {},
  { typed, ...surroundings }: CliSurroundings = {},
): Promise<CliOutput> {
  const stdin = stream(typed !== undefined);
  const stdout = stream(false);
  const stderr = stream(typed !== undefined);
  const printed = [stdout, stderr].map(async (from) =>
    Buffer.concat(await from.toArray()).toString(),
  );
  if (typed !== undefined) stdin.write(`${typed}\n`);
  const exitCode = await run(argv, {
    stdin,
    stdout,
    stderr,
    cwd: import.meta.dirname,
    env: { NO_COLOR: '1' },
    signal: new AbortController().signal,
    load: async () => configurationOf(project),
    ...surroundings,
  });
  stdout.end();
  stderr.end();
  const [out = '', told = ''] = await Promise.all(printed);
  return { exitCode, stdout: out, stderr: told };
}

function configurationOf({
  storages = {},
  files,
  orm,
  staticFiles,
}: CliProject): LoadedConfiguration {
  const factories = Object.entries(storages).map(([alias, one]) => [alias, () => one] as const);
  const extension = fileFields({
    storages: defineStorages(Object.fromEntries(factories)),
    ...files,
  });
  const options = { dbName: 'none', port: 1, ...orm, extensions: [extension] };
  return { options, staticFiles, isTypeScript: false };
}

function stream(isTTY: boolean): PassThrough & { isTTY: boolean } {
  return Object.assign(new PassThrough({ highWaterMark: 2 ** 24 }), { isTTY });
}
