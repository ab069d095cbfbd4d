import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { LockMismatchError } from '../errors/errors.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { type Ran, tail } from './command.ts';
import { readText, sha256 } from './hash.ts';
import type { Interpreter } from './interpreter.ts';
import type { LockedPackage } from './lock.ts';
import { online, type OnlineRequest } from './online.ts';
import { filesBelow, readInstalled, recordsText } from './records.ts';
import { requirementsText } from './requirements-text.ts';

/** What building an environment needs to know. */
export interface EnvironmentRequest extends OnlineRequest {
  readonly home: string;
  readonly python: Interpreter;
  readonly packages: readonly LockedPackage[];
  readonly accelerator: string | null;
  /** Even where it is there already: somebody changed a file of it. */
  readonly reinstall: boolean;
}

/** A finished virtual environment. */
export interface Environment {
  readonly folder: string;
  readonly python: string;
  /** Installed versions by name. */
  readonly packages: Readonly<Record<string, string>>;
  /** SHA-256 of its list of RECORD files, which `verify --deep` starts from. */
  readonly records: string;
}

/**
 * The list of installed packages with the hash of each RECORD. It is written last: without it an
 * environment is half built, and no stamp leads to it.
 */
export const RECORDS = '.snakepit-records';

/** Installs the locked packages by hash into an environment of their own. */
export async function buildEnvironment(request: EnvironmentRequest): Promise<Environment> {
  const { home, uv, python, packages, report } = request;
  const { executable, libpython } = python;
  const requirements = requirementsText(packages);
  const identity = [executable.path, executable.sha256, libpython.sha256, requirements];
  const key = sha256(JSON.stringify(identity)).slice(0, 16);
  const all = join(home, 'envs');
  mkdirSync(all, { recursive: true });
  const done = readdirSync(all).find(
    (name) => name.startsWith(key) && existsSync(join(all, name, RECORDS)),
  );
  if (done !== undefined && !request.reinstall) {
    report('packages: already installed');
    return describe(join(all, done));
  }
  const folder = newFolder(all, key);
  const venv = ['venv', '--no-project', '--allow-existing', '--python', executable.path, folder];
  // Elsewhere than it is, so that uv does not lead the environment through its link of the minor
  // version (cpython-3.13-…), which a later installation would move to other bytes.
  const made = await uv.run(venv, { env: { UV_PYTHON_INSTALL_DIR: join(home, 'envs', 'none') } });
  check(made, 'the virtual environment could not be made');
  // A managed interpreter is part of it: nobody else vouches for its standard library.
  const { path } = executable;
  const root = python.entry.source === 'managed' ? filesBelow(dirname(dirname(path)), folder) : [];
  const own = [...filesBelow(folder, folder), ...root];
  await installPackages(request, folder, requirements);
  writeFileSync(join(folder, RECORDS), recordsText(folder, own));
  return describe(folder);
}

/**
 * A folder that nobody else writes to. The uv of a sync that was killed may still be at work in
 * the one it was given, and what a running process has open is never changed under it.
 */
function newFolder(all: string, key: string): string {
  for (let attempt = 1; ; attempt++) {
    const folder = join(all, attempt === 1 ? key : `${key}-${String(attempt)}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function describe(folder: string): Environment {
  const text = readText(join(folder, RECORDS)) ?? '';
  const rows = readInstalled(folder).map(({ name, version }) => [name, version] as const);
  return {
    folder,
    python: join(folder, 'bin', 'python'),
    packages: Object.fromEntries(rows),
    records: sha256(text),
  };
}

/** Drops all environments but the named ones. */
export function dropEnvironments(home: string, kept: readonly string[]): void {
  const all = join(home, 'envs');
  for (const name of existsSync(all) ? readdirSync(all) : []) {
    const folder = join(all, name);
    if (kept.includes(folder)) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // The uv of a killed sync still writes there: the next sync drops it.
    }
  }
}

async function installPackages(
  request: EnvironmentRequest,
  folder: string,
  requirements: string,
): Promise<void> {
  if (requirements === '') return;
  const { accelerator, report } = request;
  const started = performance.now();
  report('installing packages');
  const sync = ['pip', 'sync', '-', '--quiet', '--require-hashes', '--only-binary', ':all:'];
  const how = ['--link-mode', 'copy', '--python', join(folder, 'bin', 'python')];
  const variant = accelerator === null ? [] : ['--torch-backend', accelerator];
  const args = [...sync, ...how, ...variant];
  const ran = await online(request, 'installing packages', args, requirements);
  if (ran.code !== 0 && /hash mismatch/i.test(ran.stderr)) {
    throw new LockMismatchError(
      'a package of the index is not the one that snakepit.lock names, and was not installed. uv ' +
        `said:\n${tail(ran.stderr, 20)}\nTell whoever runs the index; if its files were replaced ` +
        'on purpose, run `npx snakepit lock` to accept them.',
    );
  }
  check(ran, 'the packages could not be installed');
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  report(`packages: installed in ${seconds} s`);
}

function check(ran: Ran, what: string): void {
  if (ran.code !== 0) throw new ProvisionError(`${what}. uv said:\n${tail(ran.stderr)}`);
}
