import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';
import { runsBrowserTests } from './support/browser-available.ts';
import { runsDumpTests } from './support/dump-available.ts';
import { leftOutMountTests } from './support/mount-available.ts';
import { LongestFirst } from './support/longest-first.ts';
import { runsS3Tests } from './support/s3-available.ts';

const report = process.env['FILEFIELD_TEST_REPORT'];

const files = {
  root: import.meta.dirname,
  // Files share the processes, not their modules.
  isolate: false,
  setupFiles: ['./support/fresh-modules.ts'],
};

const decorators = { decorator: { legacy: true, emitDecoratorMetadata: true } };

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: ['./support/postgres-server.ts', './support/left-out-notice.ts'],
    // One more than the cores of the usual machine: files wait for servers and children most of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        // Only here, so that the server starts only where such a file runs.
        oxc: decorators,
        test: {
          name: 's3',
          ...files,
          include: runsS3Tests() ? ['**/*.s3.test.ts'] : [],
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: ['./support/s3-server.ts'],
          setupFiles: [...files.setupFiles, './support/s3-started.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        oxc: decorators,
        test: {
          name: 'browser',
          ...files,
          include: runsBrowserTests() ? ['**/*.browser.test.ts'] : [],
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            ...(runsS3Tests() ? [] : ['**/*.s3.browser.test.ts']),
          ],
          globalSetup: [
            './support/browser-server.ts',
            ...(runsS3Tests() ? ['./support/s3-server.ts'] : []),
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        oxc: decorators,
        test: {
          name: 'default',
          ...files,
          include: ['**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            '**/*.{es,s3,browser}.test.ts',
            ...(runsDumpTests() ? [] : ['**/*.dump.test.ts']),
            ...leftOutMountTests(),
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The default transformer does not parse ES decorators.
        oxc: false,
        plugins: [
          swc.vite({
            jsc: {
              parser: { syntax: 'typescript', decorators: true },
              transform: { decoratorVersion: '2022-03' },
              target: 'es2022',
            },
          }),
        ],
        test: {
          name: 'es',
          ...files,
          include: ['**/*.es.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
