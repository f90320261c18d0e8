import type { FailPhase, FailPoint } from '../../packages/mikro-orm/src/fail-points.ts';

type MigrationPoint = 'hold' | 'verify' | 'switch' | 'settle';
type VariantPoint = 'work' | 'render' | 'announce' | 'put' | 'list';

// A record, so that the compiler asks for each fail point.
const sides: Record<Exclude<FailPoint, MigrationPoint | VariantPoint>, readonly string[]> = {
  journal: ['before journal', 'after journal'],
  'first-byte': ['before first-byte', 'after first-byte'],
  'last-byte': ['before last-byte', 'after last-byte'],
  'before-begin': ['before-begin'],
  'before-commit': ['before-commit'],
  'after-commit': ['after-commit'],
  lease: ['before lease', 'after lease'],
  judge: ['before judge', 'after judge'],
  delete: ['before delete', 'after delete'],
  tombstone: ['before tombstone', 'after tombstone'],
  purge: ['before purge', 'after purge'],
};

// The same for those of a migration.
const migrating: Record<MigrationPoint, readonly string[]> = {
  hold: ['before hold', 'after hold'],
  verify: ['before verify', 'after verify'],
  switch: ['before switch', 'after switch'],
  settle: ['before settle', 'after settle'],
};

// And of the making of variants.
const making: Record<VariantPoint, readonly string[]> = {
  work: ['after work'],
  render: ['before render', 'after render'],
  announce: ['before announce', 'after announce'],
  put: ['before put', 'after put'],
  list: ['before list', 'after list'],
};

/** Every fail point that only the making of variants reaches, from both sides but for the lease. */
export const variantSteps: readonly string[] = Object.values(making).flat();

/** Every fail point that only a migration reaches, from both sides. */
export const migrationSteps: readonly string[] = Object.values(migrating).flat();

/** Every fail point, from both sides where it has two. */
export const steps: readonly string[] = Object.values(sides).flat();

/** Those that only a worker reaches. */
export const workerSteps: readonly string[] = steps.slice(steps.indexOf('before lease'));

/** How a step is called here: those at BEGIN and COMMIT have one side only. */
export function stepName(point: FailPoint, phase: FailPhase): string {
  return /-(?:begin|commit)$/.test(point) ? point : `${phase} ${point}`;
}
