import { MemoryStorage } from '@filefield/core';

/** A storage in memory that refuses to delete some objects, or takes its time. */
export class StubbornStorage extends MemoryStorage {
  /** Names whose objects cannot be deleted. */
  readonly refused: Set<string> = new Set();
  /** What every deletion waits for. */
  gate: Promise<void> = Promise.resolve();
  /** How many deletions began. */
  deletions = 0;

  protected override async removeObject(name: string): Promise<void> {
    this.deletions += 1;
    await this.gate;
    if (this.refused.has(name)) throw new Error('the disk is full');
    await super.removeObject(name);
  }
}
