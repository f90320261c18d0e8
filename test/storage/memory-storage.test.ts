import { MemoryStorage } from '@filefield/core';
import { meetsNeeds, storageContract } from '@filefield/core/testing';
import { describe, it } from 'vitest';

describe('MemoryStorage keeps the storage contract:', () => {
  it.each(storageContract.filter((one) => meetsNeeds(new MemoryStorage(), one)))(
    '$title',
    async ({ run }) => {
      await run(new MemoryStorage());
    },
  );
});
