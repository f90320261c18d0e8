import { runsS3Tests, s3Advice } from './s3-available.ts';

/** Says once in a run that the `.s3.test.ts` files are left out, where they are. */
export default function setup(): void {
  if (runsS3Tests()) return;
  console.log(`The .s3.test.ts files are left out; to run them ${s3Advice}`);
}
