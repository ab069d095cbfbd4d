import { LockMismatchError } from '../errors/errors.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { type Interpreter, probe, unfit } from './interpreter.ts';
import type { LockedInterpreter } from './lock.ts';
import type { ManagedRequest } from './download.ts';
import { installLocked, installNewest, type Unpacked } from './managed.ts';
import type { Policy } from './policy.ts';
import { satisfies } from './specifier.ts';
import { recordFile } from './stamp.ts';
import { findNamed, findOnPath, placeOf, requestedPython, thisPlatform } from './system-python.ts';

/** What deciding on an interpreter needs to know. */
export interface SettleRequest extends ManagedRequest {
  readonly requiresPython: string;
  readonly policy: Policy;
  /** snakepit.lock's interpreter for this platform. */
  readonly locked: LockedInterpreter | undefined;
  /** The one in `.snakepit/local.lock`. */
  readonly local: LockedInterpreter | undefined;
  /** A new managed one is wanted before the one of this machine: `snakepit lock`. */
  readonly anew: boolean;
}

/** The interpreter, and which lock vouches for it; `new`: none does yet. */
export interface Settled {
  readonly python: Interpreter;
  readonly by: 'lock' | 'local' | 'new';
}

/**
 * The project's CPython: SNAKEPIT_PYTHON when it is set, else what snakepit.lock says, else what
 * this machine's own lock says, else a new one: managed by uv or, where downloads are refused, the
 * first on PATH that fits. What has a hash in a lock is compared before it is run.
 */
export async function settle(request: SettleRequest): Promise<Settled> {
  const { env, locked, local, policy, report, requiresPython } = request;
  if (requestedPython(env) !== null) return settleNamed(request);
  const managed: { refused: string | null } = { refused: null };
  const fromLock = async (
    entry: LockedInterpreter | undefined,
    by: 'lock' | 'local',
    name: string,
  ): Promise<Settled | undefined> => {
    if (entry === undefined || !satisfies(entry.version, requiresPython)) return undefined;
    const python = await openLocked(request, entry, name);
    if (typeof python !== 'string') {
      report(`python: CPython ${entry.version}, ${entry.source}, as in ${name}`);
      return { python, by };
    }
    if (policy.strict) throw misfit(entry, name, python);
    report(`python: CPython ${entry.version} of ${name} does not fit here (${python})`);
    if (entry.source === 'managed') managed.refused = python;
    return undefined;
  };
  const fresh = async (): Promise<Settled | undefined> => {
    if (policy.frozen) throw nothingLocked();
    if (managed.refused !== null) return undefined; // tried just now
    const unpacked = await installNewest(request, requiresPython, thisPlatform());
    const python = typeof unpacked === 'string' ? unpacked : await openUnpacked(request, unpacked);
    if (typeof python === 'string') {
      managed.refused = python;
      return undefined;
    }
    tell(request, python, 'installed by uv into .snakepit/python');
    return { python, by: 'new' };
  };
  const fromLocal = (): Promise<Settled | undefined> =>
    fromLock(local, 'local', '.snakepit/local.lock');
  const settled =
    (await fromLock(locked, 'lock', 'snakepit.lock')) ??
    (request.anew
      ? ((await fresh()) ?? (await fromLocal()))
      : ((await fromLocal()) ?? (await fresh())));
  if (settled !== undefined) return settled;
  report(`no managed CPython (${managed.refused ?? ''}); looking for one on PATH`);
  const { python, why } = await findOnPath(request, managed.refused);
  tell(request, python, why);
  return { python, by: 'new' };
}

function nothingLocked(): Error {
  return new LockMismatchError(
    `snakepit.lock has no interpreter for ${thisPlatform()}, and there is no ` +
      '.snakepit/local.lock with one. Run `npx snakepit lock` where downloads of CPython work, ' +
      'or `npx snakepit lock --system` in the image that this is to run in.',
  );
}

/** An interpreter of this machine only: `lock --system`. */
export async function chooseSystem(request: SettleRequest): Promise<Settled> {
  const named = requestedPython(request.env);
  const { python, why } =
    named === null ? await findOnPath(request, null) : await findNamed(named, request);
  tell(request, python, why);
  return { python, by: 'new' };
}

async function settleNamed(request: SettleRequest): Promise<Settled> {
  const { env, local, locked, policy } = request;
  const named = requestedPython(env) ?? '';
  if (policy.frozen) {
    for (const [entry, by, name] of [
      [local, 'local', '.snakepit/local.lock'],
      [locked, 'lock', 'snakepit.lock'],
    ] as const) {
      const python = entry?.source === 'system' && (await openLocked(request, entry, name));
      if (typeof python === 'object') return { python, by };
    }
    throw new LockMismatchError(
      `SNAKEPIT_PYTHON (${named}) is not what a lock of this project names. Unset it, or run ` +
        '`npx snakepit lock --system` with it to commit it.',
    );
  }
  const { python, why } = await findNamed(named, request);
  tell(request, python, why);
  const same = (entry: LockedInterpreter | undefined): boolean =>
    entry?.executable.sha256 === python.entry.executable.sha256 &&
    entry.libpython?.sha256 === python.entry.libpython?.sha256 &&
    entry.executable.path === python.entry.executable.path;
  if (same(locked)) return { python, by: 'lock' };
  return { python, by: same(local) ? 'local' : 'new' };
}

async function openLocked(
  request: SettleRequest,
  entry: LockedInterpreter,
  name: string,
): Promise<Interpreter | string> {
  if (entry.source === 'managed') {
    const unpacked = await installLocked(request, entry, name);
    return typeof unpacked === 'string' ? unpacked : openUnpacked(request, unpacked);
  }
  const place = placeOf(entry, request.env);
  return typeof place === 'string' ? place : openUnpacked(request, { entry, ...place });
}

/** Records the files, compares them once more with what the lock says, and only then asks. */
async function openUnpacked(
  { env, requiresPython }: SettleRequest,
  { entry, ...place }: Unpacked,
): Promise<Interpreter | string> {
  const executable = recordFile(place.executable);
  const libpython = recordFile(place.libpython);
  const expected = [entry.executable.sha256, entry.libpython?.sha256 ?? libpython.sha256];
  if (expected.join() !== [executable.sha256, libpython.sha256].join()) {
    return `${executable.path} changed while it was looked at`;
  }
  const probed = await probe(executable.path, env);
  if (typeof probed === 'string') return `${executable.path} ${probed}`;
  const why = unfit(probed, requiresPython);
  if (why !== undefined) return `${executable.path} ${why}`;
  return { entry, executable, libpython, openssl: probed.openssl, zlib: probed.zlib };
}

function misfit(entry: LockedInterpreter, name: string, why: string): Error {
  if (entry.source === 'managed') {
    return new ProvisionError(
      `CPython ${entry.version} of ${name} could not be installed: ${why}. Nothing else takes its ` +
        'place under CI or when frozen. Check the network and UV_PYTHON_INSTALL_MIRROR.',
    );
  }
  return new LockMismatchError(
    `the Python of this machine is not the one that ${name} names: ${why}. Under CI or when ` +
      'frozen it is not replaced. Run `npx snakepit lock --system` in this image, or use the ' +
      'image that the lock was made in.',
  );
}

function tell({ report }: SettleRequest, { entry, executable }: Interpreter, why: string): void {
  report(`python: CPython ${entry.version}, ${entry.source} (${why})`);
  report(`  ${executable.path}`);
}
