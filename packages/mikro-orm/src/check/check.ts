import type { Storages } from '@filefield/core';
import type { Database } from '../journal/database.ts';
import type { OwnTable } from '../worker/references.ts';
import { checkAliases } from './check-aliases.ts';
import { checkConfiguration, type CheckedConfiguration } from './check-configuration.ts';
import { checkJournal } from './check-journal.ts';
import { checkOwners } from './check-owners.ts';
import { checkRights } from './check-rights.ts';
import { checkSchema } from './check-schema.ts';
import { checkServer, type CheckedPool } from './check-server.ts';
import { checkStorages } from './check-storages.ts';
import { checkVariants, type CheckedVariants } from './check-variants.ts';
import type { CheckFinding, CheckOptions, CheckReport } from './check-report.ts';

/** What {@link check} looks at. */
export interface CheckHost extends CheckedConfiguration, CheckedPool, CheckedVariants {
  readonly database: Database;
  readonly storages: Storages;
  readonly ownTables: readonly OwnTable[];
}

/** Looks at configuration, storages and database; see `FileFields.check()`. Never throws for what is broken. */
export async function check(host: CheckHost, options: CheckOptions): Promise<CheckReport> {
  const { database, storages } = host;
  const [ofStorages, ofDatabase] = await Promise.all([
    checkStorages(storages, options),
    checkDatabase(host),
  ]);
  const owners = await checkOwners(storages, { ...host, database });
  const findings = [...checkConfiguration(storages, host), ...ofStorages, ...owners, ...ofDatabase];
  return { isGood: findings.every(({ state }) => state !== 'bad'), findings };
}

async function checkDatabase(host: CheckHost): Promise<CheckFinding[]> {
  const { database, storages, journalSchema, ownTables } = host;
  const server = await checkServer(database, host);
  if (server.some(isBad('database'))) return server;
  const schema = await checkSchema(database, journalSchema, ownTables);
  const aliases = await checkAliases(database, ownTables, storages.aliases);
  if (schema.some(isBad('journal'))) return [...server, ...schema, ...aliases];
  return [
    ...server,
    ...schema,
    ...(await checkRights(database, host)),
    ...(await checkJournal(database, journalSchema, storages.aliases)),
    ...(await checkVariants(database, host)),
    ...aliases,
  ];
}

function isBad(about: string): (finding: CheckFinding) => boolean {
  return ({ subject, state }) => subject === about && state === 'bad';
}
