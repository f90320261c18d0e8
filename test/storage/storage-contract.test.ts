import { MemoryStorage } from '@filefield/core';
import { meetsNeeds, storageContract } from '@filefield/core/testing';
import { describe, expect, it } from 'vitest';

import { wrongCopying } from './sabotage/copying.ts';
import { wrongDeleting } from './sabotage/deleting.ts';
import { wrongListing } from './sabotage/listing.ts';
import { wrongNaming } from './sabotage/naming.ts';
import { wrongReading } from './sabotage/reading.ts';
import type { Sabotage } from './sabotage/sabotage.ts';
import { wrongSaving } from './sabotage/saving.ts';
import { wrongUploading } from './sabotage/uploading.ts';
import { wrongWriting } from './sabotage/writing.ts';

const sabotages = [
  ...wrongSaving,
  ...wrongWriting,
  ...wrongReading,
  ...wrongDeleting,
  ...wrongCopying,
  ...wrongListing,
  ...wrongNaming,
  ...wrongUploading,
];

/** The sentences of the contract that are not true of a storage. */
async function brokenSentences(sabotage: Sabotage['sabotage']): Promise<string[]> {
  const cases = storageContract.filter((one) => meetsNeeds(sabotage(new MemoryStorage()), one));
  const results = await Promise.allSettled(
    cases.map(({ run }) => run(sabotage(new MemoryStorage()))),
  );
  return cases
    .filter((_, index) => results[index]?.status === 'rejected')
    .map(({ title }) => title);
}

describe('the storage contract notices a storage that', () => {
  it.each(sabotages)('$title', async ({ sabotage, breaks }) => {
    expect(await brokenSentences(sabotage)).toEqual(breaks);
  });
});

describe('the storage contract', () => {
  it('has no sentence that no wrong storage breaks', () => {
    const broken = new Set(sabotages.flatMap(({ breaks }) => breaks));

    expect(storageContract.map(({ title }) => title).filter((title) => !broken.has(title))).toEqual(
      [],
    );
  });

  it('has no sentence twice', () => {
    const titles = storageContract.map(({ title }) => title);

    expect(new Set(titles).size).toBe(titles.length);
  });
});
