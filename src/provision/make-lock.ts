import { join } from 'node:path';

import type { SyncOptions } from '../contract/sync.ts';
import { LockMismatchError } from '../errors/errors.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { acceleratorOf } from './accelerator.ts';
import { readText, sha256 } from './hash.ts';
import { type Job, localLockPath, lockPath, makeHome, startJob } from './job.ts';
import { type Lock, type LockedInterpreter, readLock, readVersions } from './lock.ts';
import type { LockedPackage } from './lock.ts';
import { localText, lockText } from './lock-text.ts';
import { lockForeign } from './managed.ts';
import { readIndexSettings } from './network.ts';
import type { Platform } from './platform.ts';
import { resolvePackages } from './resolve.ts';
import { chooseSystem, settle, type Settled, type SettleRequest } from './settle.ts';
import { satisfies } from './specifier.ts';
import { replaceFile } from './stamp.ts';
import { withSyncLock } from './sync-lock.ts';
import { thisPlatform } from './system-python.ts';
import { obtainUv, type Uv } from './uv.ts';

/** Options of `lock()`. */
export interface LockOptions extends Omit<SyncOptions, 'frozen'> {
  /** Commit the interpreter of this machine: for container images, which are all the same. */
  readonly system?: boolean;
  /** Choose every version anew, and the interpreter too. */
  readonly upgrade?: boolean;
}

/** What a lock has now. */
export interface LockResult {
  readonly project: string;
  /** False when the file has the same bytes as before. */
  readonly changed: boolean;
  readonly packages: number;
  /** The platforms that snakepit.lock has an interpreter for. */
  readonly platforms: readonly Platform[];
  /** True where the interpreter of this machine is in `.snakepit/local.lock` only. */
  readonly local: boolean;
}

/** A lock that was just written, and what was found out on the way. */
export interface Made {
  readonly lock: Lock;
  readonly sha256: string;
  readonly changed: boolean;
  readonly settled: Settled;
  readonly uv: Uv;
}

/** Makes snakepit.lock from pyproject.toml; versions chosen before stay while they fit. */
export async function lock(options: LockOptions = {}): Promise<LockResult> {
  const job = startJob(options);
  if (job.policy.frozen) {
    throw new ProvisionError('SNAKEPIT_FROZEN is set: snakepit.lock is not to be changed here.');
  }
  makeHome(job.home);
  return await withSyncLock(join(job.home, 'sync.lock'), job.report, async () => {
    const made = await makeLock(job, { ...options, anew: true });
    return {
      project: job.project,
      changed: made.changed,
      packages: made.lock.packages.length,
      platforms: made.lock.interpreters.map(({ platform }) => platform),
      local: !made.lock.interpreters.some(({ platform }) => platform === thisPlatform()),
    };
  });
}

interface MakeOptions {
  readonly system?: boolean;
  readonly upgrade?: boolean;
  readonly anew?: boolean;
}

/** Writes snakepit.lock, and `.snakepit/local.lock` where this machine's Python is only its own. */
export async function makeLock(job: Job, options: MakeOptions): Promise<Made> {
  const { home, env, needs, report } = job;
  const uv = await obtainUv({ home, env, settings: readIndexSettings(env), report });
  report(`uv ${uv.version}`);
  const before = readBefore(job, options.upgrade ?? false);
  const request: SettleRequest = {
    ...{ home, env, uv, report },
    requiresPython: needs.inputs.requiresPython,
    policy: { frozen: false, strict: false },
    locked: before.interpreters.find(({ platform }) => platform === thisPlatform()),
    local: options.upgrade ? undefined : readLocal(job),
    anew: options.anew ?? false,
  };
  const settled = options.system ? await chooseSystem(request) : await settle(request);
  const packages = await resolvePackages({
    ...{ home, needs, uv, report },
    python: settled.python.executable.path,
    before: before.packages,
  });
  const lock: Lock = {
    uv: uv.version,
    requiresPython: needs.inputs.requiresPython,
    needs: needs.hash,
    accelerator: acceleratorOf(needs, packages),
    interpreters: await interpretersOf(job, request, settled, before.interpreters, options),
    packages,
  };
  const text = lockText(lock);
  const path = lockPath(job.project);
  const changed = readText(path) !== text;
  if (changed) write(path, text);
  if (!options.system) noteLocal(job, settled);
  return { lock, sha256: sha256(text), changed, settled, uv };
}

/** Notes an interpreter that no lock has, for this machine alone. */
export function noteLocal({ project, report }: Job, { python, by }: Settled): void {
  // A managed one that snakepit.lock was just given is no business of this machine's own lock.
  const inLock = readLockedHere(project);
  if (by !== 'new' || sameFiles(inLock, python.entry)) return;
  replaceFile(localLockPath(project), localText(python.entry));
  report('  noted in .snakepit/local.lock: snakepit.lock has none for this platform');
}

function sameFiles(a: LockedInterpreter | undefined, b: LockedInterpreter): boolean {
  return a?.source === b.source && a.executable.sha256 === b.executable.sha256;
}

function readLockedHere(project: string): LockedInterpreter | undefined {
  const disk = readLock(lockPath(project), 'npx snakepit lock');
  return disk?.lock.interpreters.find(({ platform }) => platform === thisPlatform());
}

interface Before {
  readonly interpreters: readonly LockedInterpreter[];
  readonly packages: readonly LockedPackage[];
}

function readBefore({ project, needs, report }: Job, upgrade: boolean): Before {
  if (upgrade) return { interpreters: [], packages: [] };
  const path = lockPath(project);
  try {
    const { interpreters = [], packages = [] } = readLock(path, 'npx snakepit lock')?.lock ?? {};
    const { requiresPython } = needs.inputs;
    const stay = interpreters.filter(
      ({ platform, version }) =>
        needs.platforms.includes(platform) && satisfies(version, requiresPython),
    );
    return { interpreters: stay, packages };
  } catch (error) {
    if (!(error instanceof LockMismatchError)) throw error;
    // Edited or merged by hand: the versions are worth keeping, the hashes are made anew.
    report('snakepit.lock was changed since it was made; its hashes are not taken over');
    return { interpreters: [], packages: readVersions(path) };
  }
}

/** What `.snakepit/local.lock` says; one that is broken says nothing, and is made anew. */
export function readLocal({ project, policy, report }: Job): LockedInterpreter | undefined {
  try {
    const disk = readLock(localLockPath(project), 'npx snakepit lock');
    return disk?.lock.interpreters.find(({ platform }) => platform === thisPlatform());
  } catch (error) {
    if (policy.strict || !(error instanceof LockMismatchError)) throw error;
    report('.snakepit/local.lock was changed since it was made, and is made anew');
    return undefined;
  }
}

async function interpretersOf(
  { needs }: Job,
  request: SettleRequest,
  { python, by }: Settled,
  before: readonly LockedInterpreter[],
  { system = false }: MakeOptions,
): Promise<readonly LockedInterpreter[]> {
  const { entry } = python;
  const others = before.filter(({ platform }) => platform !== entry.platform);
  if (system) return [...others, entry];
  if (entry.source === 'system' || !needs.platforms.includes(entry.platform)) return before;
  // One version for all platforms; what the lock has of it already stays as it is.
  const same = others.filter(({ version }) => version === entry.version);
  const has = new Set([entry, ...same].map(({ platform }) => platform));
  const missing = needs.platforms.filter((platform) => !has.has(platform));
  const foreign = await lockForeign(request, entry.version, missing);
  const own =
    by === 'lock' ? (before.find((one) => one.platform === entry.platform) ?? entry) : entry;
  return [own, ...same, ...foreign];
}

function write(path: string, text: string): void {
  try {
    replaceFile(path, text);
  } catch (error) {
    throw new ProvisionError(
      `${path} could not be written (${(error as Error).message}). Make its folder writable, or ` +
        'run `npx snakepit lock` elsewhere and commit the file.',
      { cause: error },
    );
  }
}
