import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

const report = process.env['FILEFIELD_TEST_REPORT'];

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: ['./support/postgres-server.ts'],
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
        test: {
          name: 'default',
          root: import.meta.dirname,
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.es.test.ts'],
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
          root: import.meta.dirname,
          include: ['**/*.es.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
