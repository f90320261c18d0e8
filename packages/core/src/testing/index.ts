export { type ContractCase, type ContractNeed, meetsNeeds } from './contract-case.ts';
export {
  type FailingStorage,
  failingStorage,
  type StorageCall,
  type StorageFault,
  type StorageOperation,
} from './failing-storage.ts';
export { storageContract } from './storage-contract.ts';
