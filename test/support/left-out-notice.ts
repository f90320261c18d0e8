import { browserAdvice, runsBrowserTests } from './browser-available.ts';
import { dumpAdvice, runsDumpTests } from './dump-available.ts';
import { leftOutMountTests, mountAdvice } from './mount-available.ts';
import { runsS3Tests, s3Advice } from './s3-available.ts';

/** Says once in a run which files are left out, where some are. */
export default function setup(): void {
  if (!runsS3Tests()) {
    console.log(`The .s3.test.ts files are left out; to run them ${s3Advice}`);
  }
  if (!runsBrowserTests()) {
    console.log(`The .browser.test.ts files are left out; to run them ${browserAdvice}`);
  }
  if (!runsDumpTests()) {
    console.log(`The .dump.test.ts files are left out; to run them ${dumpAdvice}`);
  }
  const mounting = leftOutMountTests();
  if (mounting.length > 0) {
    console.log(`The files ${mounting.join(' and ')} are left out; to run them ${mountAdvice}`);
  }
}
