import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll } from 'vitest';

import { readIndexSettings } from '../../../src/provision/network.ts';
import { obtainUv } from '../../../src/provision/uv.ts';

export const REPOSITORY: string = fileURLToPath(new URL('../../..', import.meta.url));

/** A PATH with nothing on it; an empty one would mean the system's default. */
export const NO_PATH = '/nonexistent';

/** Nothing that a sync could call: no index, no uv, no Python, no download. */
export const NOTHING: Readonly<Record<string, string | undefined>> = {
  SNAKEPIT_UV: undefined,
  PATH: NO_PATH,
  UV_DEFAULT_INDEX: 'https://localhost:1/simple',
  PIP_INDEX_URL: 'https://localhost:1/simple',
};

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed after the test file. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'snakepit-provision-'));
  made.push(folder);
  return folder;
}

/** A project folder with this pyproject.toml. */
export function projectOf(pyproject: string): string {
  const folder = temporary();
  writeFileSync(join(folder, 'pyproject.toml'), pyproject);
  return folder;
}

export const NUMPY_PROJECT = `[project]
name = "p"
version = "0"
requires-python = ">=3.11"
dependencies = ["numpy==2.4.6"]
`;

export const EMPTY_PROJECT = `[project]
name = "p"
version = "0"
requires-python = ">=3.11"
dependencies = []
`;

/** The interpreters that pyenv built on this machine: `{ '3.12.1': '…/bin/python3' }`. */
export function pyenvPythons(): Record<string, string> {
  const root = process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv');
  const folder = join(root, 'versions');
  if (!existsSync(folder)) return {};
  const all = readdirSync(folder).map((name) => [name, join(folder, name, 'bin', 'python3')]);
  return Object.fromEntries(all.filter(([, python = '']) => existsSync(python)));
}

/** One of them whose version begins so, the newest; undefined where there is none. */
export function pyenvPython(prefix: string): string | undefined {
  const all = pyenvPythons();
  const name = Object.keys(all).findLast((version) => version.startsWith(`${prefix}.`));
  return name === undefined ? undefined : all[name];
}

/** A real interpreter whose libpython is linked in statically, as Debian builds it. */
export const STATIC_PYTHON: string | undefined = [
  '/usr/bin/python3.11',
  '/usr/bin/python3.12',
  '/usr/bin/python3.13',
].find((python) => existsSync(python) && !mapsLibpython(python));

function mapsLibpython(python: string): boolean {
  const asked = "print('libpython' in open('/proc/self/maps').read())";
  return execFileSync(python, ['-I', '-c', asked], { encoding: 'utf8' }).trim() === 'True';
}

/**
 * The pinned uv, fetched once for all tests; what is fetched is compared with the pin again at
 * each use.
 */
export async function testUv(): Promise<string> {
  const home = join(REPOSITORY, 'test/fixtures/project/.snakepit');
  mkdirSync(home, { recursive: true });
  const env = { ...process.env };
  delete env['SNAKEPIT_UV'];
  const settings = readIndexSettings(env);
  const report = (): void => undefined;
  return (await obtainUv({ home, env, settings, report })).path;
}

/** This process's environment with changes; undefined takes a variable out. */
export function environment(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  // What would change how a sync decides is for each test to say.
  const none = { SNAKEPIT_PYTHON: undefined, SNAKEPIT_FROZEN: undefined, CI: undefined };
  const env: NodeJS.ProcessEnv = { ...process.env, ...none, ...changes };
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** A list of downloads that is empty: every managed interpreter is refused, at once. */
export function noDownloads(): string {
  const file = join(temporary(), 'downloads.json');
  writeFileSync(file, '{}');
  return file;
}

/** A PATH with one `python3` that starts the given interpreter, as pyenv's shims do. */
export function pathWith(python: string): string {
  const folder = temporary();
  writeFileSync(join(folder, 'python3'), `#!/bin/sh\nexec ${python} "$@"\n`, { mode: 0o755 });
  return folder;
}
