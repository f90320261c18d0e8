import type { ContractCase } from './contract-case.ts';
import { copying } from './contract/copying.ts';
import { deleting } from './contract/deleting.ts';
import { listing } from './contract/listing.ts';
import { naming } from './contract/naming.ts';
import { reading } from './contract/reading.ts';
import { saving } from './contract/saving.ts';
import { uploading } from './contract/uploading.ts';
import { writing } from './contract/writing.ts';

/**
 * What every storage keeps, sentence by sentence; runs under any test runner:
 *
 * @example
 * describe('MyStorage', () => {
 *   it.each(storageContract.filter((one) => meetsNeeds(createStorage(), one)))('$title', async ({ run }) => {
 *     await run(createStorage());
 *   });
 * });
 */
export const storageContract: readonly ContractCase[] = [
  ...saving,
  ...writing,
  ...reading,
  ...deleting,
  ...copying,
  ...listing,
  ...naming,
  ...uploading,
];
