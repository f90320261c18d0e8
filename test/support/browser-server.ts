import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { browserAdvice } from './browser-available.ts';
import { installPackages } from './install-packages.ts';
import { programPath } from './program-path.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the Chromium of this run of the tests takes commands. */
    browserServer: { endpoint: string };
  }
}

/** Starts the one Chromium of a run. Called only where a `.browser.test.ts` file runs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (programPath('chromium') === undefined) {
    await installPackages(
      ['chromium'],
      `Cannot start a browser: chromium is not installed, ${browserAdvice}`,
    );
  }
  const server = await chromium.launchServer({
    executablePath: programPath('chromium') ?? '',
    // Does not start for root, and not in every container.
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-quic'],
  });
  project.provide('browserServer', { endpoint: server.wsEndpoint() });
  return async () => server.close();
}
