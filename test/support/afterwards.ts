import { afterAll, onTestFinished, TestRunner } from 'vitest';

/** Runs something after the test, or, called at the top of a file, after the file's tests. */
export function afterwards(action: () => Promise<void>): void {
  if (TestRunner.getCurrentTest()) onTestFinished(action);
  else afterAll(action);
}
