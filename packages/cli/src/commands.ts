import type { Command } from './command.ts';
import { adopt } from './commands/adopt.ts';
import { backfill } from './commands/backfill.ts';
import { bucketConfig } from './commands/bucket-config.ts';
import { check } from './commands/check.ts';
import { claimLocation } from './commands/claim-location.ts';
import { collectstatic } from './commands/collectstatic.ts';
import { cors } from './commands/cors.ts';
import { cp } from './commands/cp.ts';
import { drain } from './commands/drain.ts';
import { findstatic } from './commands/findstatic.ts';
import { iamPolicy } from './commands/iam-policy.ts';
import { ls } from './commands/ls.ts';
import { migrate } from './commands/migrate.ts';
import { reconcile } from './commands/reconcile.ts';
import { restore } from './commands/restore.ts';
import { smoke } from './commands/smoke.ts';
import { stat } from './commands/stat.ts';
import { triggers } from './commands/triggers.ts';
import { variants } from './commands/variants.ts';
import { worker } from './commands/worker.ts';

/** Every command, as the help lists them. */
export const commands: readonly Command[] = [
  check,
  smoke,
  ls,
  stat,
  cp,
  migrate,
  reconcile,
  worker,
  drain,
  restore,
  claimLocation,
  adopt,
  backfill,
  variants,
  triggers,
  collectstatic,
  findstatic,
  iamPolicy,
  cors,
  bucketConfig,
];
