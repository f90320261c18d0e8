import { leftOutMountTests, mountAdvice } from './mount-available.ts';

/** Says once in a run which tests that mount file systems are left out, where they are. */
export default function setup(): void {
  const leftOut = leftOutMountTests();
  if (leftOut.length === 0) return;
  console.log(`The files ${leftOut.join(' and ')} are left out; to run them ${mountAdvice}`);
}
