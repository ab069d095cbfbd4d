import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, expect } from 'vitest';

import { type LocalIndex, localIndex } from './local-index.ts';
import { environment, noDownloads, projectOf, pyenvPythons, testUv } from './support.ts';

export const pythons: Readonly<Record<string, string>> = pyenvPythons();
export const recent: readonly string[] = Object.keys(pythons).filter((version) =>
  /^3\.1[1-4]\./.test(version),
);
/** Two interpreters of this machine, where there are two. */
export const older: string = recent[0] ?? '';
export const newer: string = recent.at(-1) ?? '';

export type Changes = Readonly<Record<string, string | undefined>>;

let uv: string;
beforeAll(async () => {
  uv = await testUv();
});

export const projectWith = (...requirements: string[]): string =>
  projectOf(
    `[project]\nname = "p"\nversion = "0"\ndependencies = ${JSON.stringify(requirements)}\n`,
  );

/** An index with `tiny`, which needs `below`. */
export function tinyIndex(): LocalIndex {
  const index = localIndex(pythons[older] ?? '');
  index.add('tiny', '1.0', { requires: ['below>=1'] });
  index.add('below', '1.5');
  return index;
}

/** Options that let a sync see that index, no download, and the older interpreter. */
export function settingsFor(
  index: Pick<LocalIndex, 'env'>,
  changes: Changes,
): { env: NodeJS.ProcessEnv } {
  return {
    env: environment({
      SNAKEPIT_UV: uv,
      UV_PYTHON_DOWNLOADS_JSON_URL: noDownloads(),
      SNAKEPIT_PYTHON: pythons[older],
      ...index.env,
      ...changes,
    }),
  };
}

export const lockOf = (project: string): string =>
  readFileSync(join(project, 'snakepit.lock'), 'utf8');

export const mismatch = (message: RegExp): Error =>
  expect.objectContaining({
    code: 'ERR_LOCK_MISMATCH',
    message: expect.stringMatching(message) as string,
  }) as Error;

/** Changes one bit of a file. */
export function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
