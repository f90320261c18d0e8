import type { FileStorage, Storages } from '@filefield/core';
import type { CheckFinding } from './check-report.ts';

/** What the options of the extension say. */
export interface CheckedConfiguration {
  readonly environment: string | undefined;
  readonly keys: readonly string[];
  /** Milliseconds. */
  readonly grace: number;
}

/** Whether the options of the extension fit its storages. Asks nobody. */
export function checkConfiguration(
  storages: Storages,
  { environment, keys, grace }: CheckedConfiguration,
): CheckFinding[] {
  const built = storages.aliases.flatMap((alias) => builtOf(storages, alias));
  return [environmentFinding(environment), keysFinding(keys, built), graceFinding(grace, built)];
}

function environmentFinding(environment: string | undefined): CheckFinding {
  const subject = 'environment';
  if (environment !== undefined) {
    return { subject, state: 'good', message: `this is ${JSON.stringify(environment)}` };
  }
  return {
    subject,
    state: 'advice',
    message: 'no environment is set',
    breaks:
      'a copy of the database beside the same disk is taken for the same deployment, and its worker deletes',
    fix: "set fileFields({ environment: 'prod' }) from the deployment",
  };
}

function keysFinding(keys: readonly string[], storages: readonly FileStorage[]): CheckFinding {
  const subject = 'keys';
  if (keys.length > 0)
    return { subject, state: 'good', message: 'tokens of direct uploads are signed' };
  if (!storages.some(({ capabilities }) => capabilities.directUpload)) {
    return {
      subject,
      state: 'good',
      message: 'no storage takes direct uploads, no keys are needed',
    };
  }
  return {
    subject,
    state: 'advice',
    message: 'a storage takes direct uploads, and no keys are set',
    breaks: 'files.createUpload() throws',
    fix: 'set fileFields({ keys: [secret] }): at least 32 characters, the same in every process',
  };
}

function graceFinding(grace: number, storages: readonly FileStorage[]): CheckFinding {
  const subject = 'grace';
  const longest = Math.max(0, ...storages.map(urlLifetime));
  const [kept, lived] = [seconds(grace), seconds(longest)];
  if (grace >= longest) {
    return { subject, state: 'good', message: `objects stay for ${kept}, URLs live for ${lived}` };
  }
  return {
    subject,
    state: 'advice',
    message: `objects that no row references stay for ${kept}, signed URLs live for ${lived}`,
    breaks: 'a URL that was handed out still lives when its object is gone',
    fix: `set fileFields({ grace }) to ${lived} or more, or shorten urlExpiresIn; the grace is part of the triggers, update the schema`,
  };
}

/** Milliseconds that signed URLs of a storage live, at least: each ends by a window of its own. */
function urlLifetime(storage: FileStorage): number {
  const now = Date.now();
  const names = Array.from({ length: 16 }, (_, index) => `check/${index}.txt`);
  try {
    const ends = names.map((name) => storage.urlExpiresAt?.(name)?.getTime() ?? now);
    return Math.max(...ends) - now;
  } catch {
    // What makes no URLs is told where the storages are.
    return 0;
  }
}

function builtOf(storages: Storages, alias: string): FileStorage[] {
  try {
    return [storages.get(alias)];
  } catch {
    return [];
  }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} seconds`;
}
