import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { SyncOptions, SyncResult } from '../contract/sync.ts';
import { LockMismatchError } from '../errors/errors.ts';
import { ProjectError, ProvisionError } from '../errors/provision-errors.ts';
import { buildEnvironment, dropEnvironments } from './environment.ts';
import { readText, sha256, sha256File } from './hash.ts';
import { type Job, localLockPath, lockPath, makeHome, startJob } from './job.ts';
import { type LockOnDisk, readLock } from './lock.ts';
import { makeLock, noteLocal, readLocal } from './make-lock.ts';
import { readIndexSettings } from './network.ts';
import { hashInputs } from './project.ts';
import { settle, type Settled } from './settle.ts';
import { markOf, readStamp, type ReadFile, sameMark, type Stamp, writeStamp } from './stamp.ts';
import { withSyncLock } from './sync-lock.ts';
import { requestedPython, thisPlatform } from './system-python.ts';
import { obtainUv, type Uv } from './uv.ts';

/**
 * Sets up a project's Python in `.snakepit/` from its snakepit.lock: the interpreter, a virtual
 * environment, the packages. Makes the lock where there is none, or where pyproject.toml asks for
 * something else by now. Does nothing, without network, when all of that is in place.
 *
 * @example
 * await sync({ project: 'service', onProgress: (line) => console.error(line) });
 *
 * @throws ProjectError, LockMismatchError, NoPythonError, ProvisionError
 */
export async function sync(options: SyncOptions = {}): Promise<SyncResult> {
  const job = startJob(options);
  const current = options.reinstall ? undefined : inPlace(job);
  if (current !== undefined && sameMark(current.pyproject, job.pyproject)) {
    return result(current, false);
  }
  try {
    makeHome(job.home);
    const again = options.reinstall ?? false;
    return await withSyncLock(join(job.home, 'sync.lock'), job.report, () =>
      provisionAlone(job, again),
    );
  } catch (error) {
    // Only the note about a touched pyproject.toml could not be written: all is in place.
    if (current !== undefined && isReadOnly(error)) return result(current, false);
    throw error;
  }
}

async function provisionAlone(job: Job, reinstall: boolean): Promise<SyncResult> {
  // Another process may have done it all while this one waited.
  const done = reinstall ? undefined : inPlace(job);
  if (done === undefined) return result(await provision(job, reinstall), true);
  // A touched pyproject.toml that asks for the same: noted, so that open() need not parse it.
  if (!sameMark(done.pyproject, job.pyproject)) writeStamp({ ...done, pyproject: job.pyproject });
  return result(done, false);
}

function isReadOnly(error: unknown): boolean {
  const first = error instanceof ProvisionError ? error.cause : error;
  const { code = '' } = (first ?? {}) as NodeJS.ErrnoException;
  return ['EROFS', 'EACCES', 'EPERM'].includes(code);
}

/** The stamp, when it is of these needs and locks, and of files that are still as they were. */
function inPlace(job: Job): Stamp | undefined {
  const { project, needs, env } = job;
  const stamp = readStamp(project);
  if (stamp === undefined || stamp.project !== project || stamp.needs !== needs.hash) return;
  const now = requestedPython(env);
  // SNAKEPIT_PYTHON unset again is no reason to leave an interpreter that fits.
  const asked = now === null || now === stamp.requested || now === stamp.python.executable.path;
  const locked =
    sameBytes(lockPath(project), stamp.lock) && sameBytes(localLockPath(project), stamp.local);
  if (!asked || !locked || !isIntact(stamp) || !existsSync(stamp.python.venv)) return;
  return stamp;
}

function sameBytes(path: string, read: ReadFile | null): boolean {
  if (read === null) return true;
  const mark = markOf(path);
  return mark !== undefined && (sameMark(mark, read) || sha256File(path) === read.sha256);
}

function isIntact({ python }: Stamp): boolean {
  return [python.executable, python.libpython].every(({ path, ...recorded }) =>
    sameBytes(path, recorded),
  );
}

async function provision(job: Job, reinstall: boolean): Promise<Stamp> {
  const { project, home, env, needs, report } = job;
  const before = readStamp(project);
  const { disk, settled, uv } = await prepare(job, reinstall);
  const { python } = settled;
  const environment = await buildEnvironment({
    ...{ home, uv, python, report, reinstall },
    packages: disk.lock.packages,
    accelerator: needs.accelerator,
  });
  const { entry, executable, libpython, openssl, zlib } = python;
  const stamp: Stamp = {
    version: 2,
    project,
    inputs: hashInputs(needs.inputs),
    pyproject: job.pyproject,
    needs: needs.hash,
    lock: readFileOf(lockPath(project), disk.sha256),
    local: settled.by === 'lock' ? null : readLocalFile(project),
    requested: requestedPython(env),
    uv: uv.version,
    source: entry.source,
    python: {
      version: entry.version,
      executable,
      libpython,
      venv: environment.python,
      openssl,
      zlib,
    },
    packages: environment.packages,
    records: environment.records,
  };
  writeStamp(stamp);
  // The one before stays for processes that still run on it.
  const previous = before === undefined ? [] : [dirname(dirname(before.python.venv))];
  dropEnvironments(home, [environment.folder, ...previous]);
  return stamp;
}

interface Prepared {
  readonly disk: LockOnDisk;
  readonly settled: Settled;
  readonly uv: Uv;
}

/** The lock to install from, made or made anew where that is allowed, and its interpreter. */
async function prepare(job: Job, reinstall: boolean): Promise<Prepared> {
  const { project, home, env, needs, policy, report } = job;
  const disk = readLock(lockPath(project), 'npx snakepit lock');
  if (disk === undefined || disk.lock.needs !== needs.hash) {
    checkMayLock(job, disk);
    report(disk === undefined ? 'making snakepit.lock' : 'the needs changed: locking again');
    const { lock, sha256: hash, settled, uv } = await makeLock(job, {});
    return { disk: { lock, sha256: hash }, settled, uv };
  }
  const uv = await obtainUv({ home, env, settings: readIndexSettings(env), report });
  report(`uv ${uv.version}`);
  const settled = await settle({
    ...{ home, env, uv, report, policy, reinstall },
    requiresPython: needs.inputs.requiresPython,
    locked: disk.lock.interpreters.find(({ platform }) => platform === thisPlatform()),
    local: readLocal(job),
    anew: false,
  });
  noteLocal(job, settled);
  return { disk, settled, uv };
}

function checkMayLock({ project, needs, policy }: Job, disk: LockOnDisk | undefined): void {
  const remedy = 'Run `npx snakepit lock` and commit snakepit.lock.';
  if (disk === undefined && policy.frozen) {
    throw new ProjectError(
      `there is no snakepit.lock in ${project}, and sync is frozen. ${remedy}`,
    );
  }
  if (disk === undefined || !policy.strict) return;
  throw new LockMismatchError(
    `snakepit.lock in ${project} was made for other needs than pyproject.toml, the npm packages ` +
      `and uv.lock have now: expected ${disk.lock.needs}, found ${needs.hash}. ${remedy}`,
  );
}

function readFileOf(path: string, hash: string): ReadFile {
  const mark = markOf(path);
  if (mark === undefined) throw new Error(`snakepit: ${path} vanished while it was read`);
  return { ...mark, sha256: hash };
}

function readLocalFile(project: string): ReadFile | null {
  const path = localLockPath(project);
  const text = readText(path);
  return text === undefined ? null : readFileOf(path, sha256(text));
}

function result(stamp: Stamp, changed: boolean): SyncResult {
  return {
    project: stamp.project,
    changed,
    source: stamp.source,
    version: stamp.python.version,
    executable: stamp.python.venv,
    libpython: stamp.python.libpython.path,
    packages: stamp.packages,
  };
}
