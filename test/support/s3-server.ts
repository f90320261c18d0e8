import type { TestProject } from 'vitest/node';
import { startS3Server, type S3Server } from './start-s3-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The S3 server of this run of the tests. */
    s3Server: S3Server;
  }
}

/** Starts the one S3 server of a run, and does not wait for it. Called only where an `.s3.test.ts` file runs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, stop } = await startS3Server();
  project.provide('s3Server', server);
  return stop;
}
