import type { TestProject } from 'vitest/node';
import { oncePerRun } from './once-per-run.ts';
import { startS3Server, type S3Server } from './start-s3-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The S3 server of this run of the tests. */
    s3Server: S3Server;
  }
}

/** Starts the one S3 server of a run, and does not wait for it. Called for each project that needs it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, stop } = await oncePerRun('s3-server', startS3Server);
  project.provide('s3Server', server);
  return stop;
}
