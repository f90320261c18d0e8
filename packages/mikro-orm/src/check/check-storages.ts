import { UnsupportedOperationError, type FileStorage, type Storages } from '@filefield/core';
import { partsOf } from '@filefield/core/binding';
import type { CheckFinding, CheckOptions } from './check-report.ts';
import { found } from './found.ts';

type Finding = Omit<CheckFinding, 'subject'>;

/** What messages call a storage. */
export function storageSubject(alias: string): string {
  return `storage ${JSON.stringify(alias)}`;
}

/** Whether every storage can be built and used, and makes the URLs that its visibility asks for. */
export async function checkStorages(
  storages: Storages,
  { probe }: CheckOptions,
): Promise<CheckFinding[]> {
  const probed = new Set<string>();
  const findings = await Promise.all(
    storages.aliases.map(async (alias) => {
      const subject = storageSubject(alias);
      const failing = {
        what: 'it cannot be used',
        state: 'bad',
        breaks: 'files of its fields are neither stored nor read',
        fix: 'correct its options, credentials or network',
      } as const;
      const ready = await found(subject, failing, async () => [
        await readiness(storages.get(alias)),
      ]);
      if (ready.some(({ state }) => state === 'bad')) return ready;
      const storage = storages.get(alias);
      const urls = await found(
        `${subject}: urls`,
        { ...failing, what: 'it makes no URLs' },
        async () => [urlFinding(storage)],
      );
      // A place that several aliases mean, alone or as a part, is looked at once.
      const parts = partsOf(storage).filter(({ location }) => !probed.has(location));
      for (const { location } of parts) probed.add(location);
      const places = await Promise.all(
        parts.map(async (part) => probeFindings(subject, part, probe)),
      );
      return [...ready, ...urls, ...places.flat()];
    }),
  );
  return [...(await separation(storages)), ...findings.flat()];
}

async function readiness(storage: FileStorage): Promise<Finding> {
  await storage.ready?.();
  return { state: 'good', message: `it is ${storage.visibility}, and ready` };
}

async function separation(storages: Storages): Promise<CheckFinding[]> {
  const failing = {
    what: 'the storages are not apart',
    state: 'bad',
    breaks: 'what is deleted or listed in one reaches into another',
    fix: 'give each storage a location of its own',
  } as const;
  return await found('locations', failing, async () => {
    storages.assertSeparate();
    return [{ state: 'good', message: 'no storage lies inside another' }];
  });
}

function urlFinding(storage: FileStorage): Finding {
  try {
    storage.url('check.txt');
  } catch (error) {
    if (!(error instanceof UnsupportedOperationError)) throw error;
    return {
      state: 'advice',
      message: error.message,
      breaks: '.url of its files throws',
      fix: 'give it what the message asks for, or serve its files by downloadHandler()',
    };
  }
  const isSigned = storage.urlExpiresAt?.('check.txt') !== undefined;
  if (isSigned || storage.visibility === 'public') {
    return { state: 'good', message: isSigned ? 'it signs URLs' : 'its URLs are for everybody' };
  }
  return {
    state: 'advice',
    message: 'it is private, and its URLs do not expire',
    breaks: 'whoever is given a URL may pass it on for ever, if it leads to the bytes at all',
    fix: 'use a storage that signs URLs',
  };
}

async function probeFindings(
  subject: string,
  storage: FileStorage,
  probe: CheckOptions['probe'],
): Promise<CheckFinding[]> {
  if (probe === undefined) return [];
  const failing = { what: 'it cannot be looked at', state: 'unknown' } as const;
  let findings: readonly CheckFinding[] = [];
  const failed = await found(`${subject}: probe`, failing, async () => {
    findings = (await probe(storage))?.findings ?? [];
    return [];
  });
  return [
    ...findings.map((finding) => ({ ...finding, subject: `${subject}: ${finding.subject}` })),
    ...failed,
  ];
}
