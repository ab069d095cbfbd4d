import { dirname, join } from 'node:path';

import { LockMismatchError, NotSyncedError } from '../errors/errors.ts';
import { RECORDS } from './environment.ts';
import { readText, sha256 } from './hash.ts';
import { chooseProject, localLockPath, lockPath } from './job.ts';
import { type LockedInterpreter, readLock } from './lock.ts';
import { compareInstalled, type Compared } from './installed.ts';
import { filesBelow, hashOf, parseRecords, readInstalled } from './records.ts';
import { readStamp, type Stamp } from './stamp.ts';

/** Options of `verify()`. */
export interface VerifyOptions {
  readonly project?: string;
  /** Compare every installed file too, not only the interpreter and the lists of files. */
  readonly deep?: boolean;
}

/** What was compared and found as locked. */
export interface VerifyResult {
  readonly project: string;
  readonly version: string;
  readonly packages: number;
  /** Of packages; 0 unless `deep`. */
  readonly files: number;
  readonly bytes: number;
}

/**
 * Compares what is installed with the locks, by hashing and not by what was noted before.
 *
 * @throws LockMismatchError for the first difference, NotSyncedError where there is nothing yet
 */
export function verify(options: VerifyOptions = {}): VerifyResult {
  const project = chooseProject(options.project);
  const sync = `npx snakepit sync --project ${project}`;
  const stamp = readStamp(project);
  if (stamp === undefined) {
    throw new NotSyncedError(`${project} has no Python yet. Run \`${sync}\`.`);
  }
  const lock = readLock(lockPath(project), `npx snakepit lock --project ${project}`);
  if (lock?.sha256 !== stamp.lock.sha256) {
    throw different(lockPath(project), stamp.lock.sha256, lock?.sha256 ?? null, sync);
  }
  const local =
    stamp.local === null ? undefined : readLock(localLockPath(project), sync)?.lock.interpreters;
  const entry = [...(local ?? []), ...lock.lock.interpreters].find(
    ({ executable, version }) =>
      version === stamp.python.version && executable.sha256 === stamp.python.executable.sha256,
  );
  if (entry === undefined) {
    throw new LockMismatchError(
      `no lock of ${project} names the CPython ${stamp.python.version} that is installed. Run \`${sync}\`.`,
    );
  }
  checkInterpreter(entry, stamp, sync);
  const environment = join(stamp.python.venv, '../..');
  const checked = checkPackages(environment, stamp, options.deep ?? false, sync);
  const packages = Object.keys(stamp.packages).length;
  return { project, version: stamp.python.version, packages, ...checked };
}

function checkInterpreter(entry: LockedInterpreter, { python }: Stamp, sync: string): void {
  const rows = [
    { path: python.executable.path, expected: entry.executable.sha256 },
    // What uv wrote into it on macOS is noted by the sync that unpacked it.
    { path: python.libpython.path, expected: entry.libpython?.sha256 ?? python.libpython.sha256 },
  ];
  for (const { path, expected } of rows) {
    const found = hashOf(path);
    if (found !== expected) throw different(path, expected, found, sync);
  }
}

function checkPackages(environment: string, stamp: Stamp, deep: boolean, sync: string): Compared {
  const repair = `${sync} --reinstall`;
  const list = join(environment, RECORDS);
  const text = readText(list);
  const found = text === undefined ? null : sha256(text);
  if (found !== stamp.records) throw different(list, stamp.records, found, repair);
  const noted = parseRecords(text ?? '');
  for (const row of noted) {
    if (!deep && row.path.startsWith('..')) continue; // of a managed interpreter
    const now = hashOf(join(environment, row.path));
    if (now !== row.sha256) throw different(join(environment, row.path), row.sha256, now, repair);
  }
  const installed = readInstalled(environment);
  const paths = new Set(noted.map(({ path }) => path));
  const stray = installed.find(({ record }) => !paths.has(record));
  if (stray !== undefined) {
    throw different(join(environment, stray.record), '(of no locked package)', 'a file', repair);
  }
  if (!deep) return { files: 0, bytes: 0 };
  const below = stamp.source === 'managed' ? dirname(dirname(stamp.python.executable.path)) : null;
  const planted =
    below === null ? undefined : filesBelow(below, environment).find((path) => !paths.has(path));
  if (planted !== undefined) {
    throw different(join(environment, planted), '(not of the interpreter)', 'a file', repair);
  }
  const compared = compareInstalled(environment, installed, [...paths]);
  if ('files' in compared) return compared;
  throw different(compared.path, compared.expected, compared.found, repair);
}

function different(
  path: string,
  expected: string,
  found: string | null,
  repair: string,
): LockMismatchError {
  return new LockMismatchError(
    `${path} is not as locked: expected sha256 ${expected}, found ${found ?? 'no such file'}. ` +
      `Run \`${repair}\` to repair it.`,
  );
}
