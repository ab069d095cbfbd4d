import { fileURLToPath } from 'node:url';

import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The Python project whose environment the tests use; the matrix points it elsewhere. */
const project =
  process.env['SNAKEPIT_TEST_PROJECT'] ??
  fileURLToPath(new URL('test/fixtures/project', import.meta.url));

/**
 * What the library loads by `require` when it is first needed is a file of dist/: the tests load its
 * source instead, which Node cannot, at once.
 */
const sources = {
  find: /^\.\/load-arrow\.ts$/,
  replacement: fileURLToPath(new URL('test/support/load-arrow.ts', import.meta.url)),
};

/** One suite a folder list; `vitest run --project <name>` chooses. */
const suite = (name: string, folders: readonly string[], env = {}): object => ({
  extends: true,
  test: { name, env, include: folders.map((folder) => `test/${folder}/**/*.test.ts`) },
});

const config: ViteUserConfig = defineConfig({
  // Node 20 has Symbol.dispose but not the `using` syntax.
  resolve: { alias: [sources] },
  oxc: { target: 'es2022' },
  test: {
    // CPython starts once a process and is never finalised: a file needs a process, not a thread.
    pool: 'forks',
    execArgv: ['--expose-gc'],
    env: { SNAKEPIT_TEST_PROJECT: project },
    // A hang guard. What is slower says so itself.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: [
      suite('main', [
        'unit',
        'contract',
        'native',
        'memory',
        'leak',
        'crash',
        'sandbox',
        'golden',
        'package',
        'wire',
      ]),
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'tsconfig.types.json',
          },
        },
      },
      suite('libraries', ['libraries']),
      // In `main` the same loops run a tenth as often.
      suite('leak', ['leak'], { SNAKEPIT_LEAK: 'full' }),
    ],
  },
});

export default config;
