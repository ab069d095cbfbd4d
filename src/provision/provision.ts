import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { buildEnvironment, dropEnvironments } from './environment.ts';
import { ProjectError, ProvisionError } from '../errors/provision-errors.ts';
import { sha256File } from './hash.ts';
import { chooseInterpreter, type Interpreter } from './interpreter.ts';
import { readIndexSettings } from './network.ts';
import { findProject, hashInputs, homeOf, isProject, readInputs } from './project.ts';
import type { ProjectInputs } from './project.ts';
import { satisfies } from './specifier.ts';
import {
  type FileMark,
  markOf,
  type PythonSource,
  readStamp,
  type RecordedFile,
  recordFile,
  sameMark,
  type Stamp,
  writeStamp,
} from './stamp.ts';
import { withSyncLock } from './sync-lock.ts';
import { obtainUv, type Uv } from './uv.ts';

/** Options of `sync()`. */
export interface SyncOptions {
  /** The project's folder; by default the nearest one upwards with a pyproject.toml. */
  readonly project?: string;
  /** The environment that settings are read from; by default this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Receives one line for each step. */
  readonly onProgress?: (line: string) => void;
}

/** What a project has after a sync. */
export interface SyncResult {
  readonly project: string;
  /** False when everything was in place already. */
  readonly changed: boolean;
  readonly source: PythonSource;
  readonly version: string;
  /** The venv's python. */
  readonly executable: string;
  readonly libpython: string;
  readonly packages: Readonly<Record<string, string>>;
}

interface Job {
  readonly project: string;
  readonly home: string;
  readonly inputs: ProjectInputs;
  readonly pyproject: FileMark;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

/**
 * Sets up a project's Python in `.snakepit/`: an interpreter, a virtual environment, the packages
 * that pyproject.toml names. Does nothing, without network, when all of that is in place.
 *
 * @example
 * await sync({ project: 'service', onProgress: (line) => console.error(line) });
 */
export async function sync(options: SyncOptions = {}): Promise<SyncResult> {
  const project = chooseProject(options.project);
  const pyproject = markOf(join(project, 'pyproject.toml'));
  const inputs = readInputs(project);
  const report = options.onProgress ?? ((): void => undefined);
  const job: Job = {
    project,
    home: homeOf(project),
    inputs,
    pyproject: pyproject ?? { size: 0, mtimeNs: '0', ctimeNs: '0' },
    env: options.env ?? process.env,
    report,
  };
  const current = inPlace(job);
  if (current !== undefined && sameMark(current.pyproject, job.pyproject)) {
    return result(current, false);
  }
  try {
    makeHome(job.home);
    return await withSyncLock(join(job.home, 'sync.lock'), report, () => provisionLocked(job));
  } catch (error) {
    // Only the note about a touched pyproject.toml could not be written: all is in place.
    if (current !== undefined && isReadOnly(error)) return result(current, false);
    throw error;
  }
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, '.gitignore'), '*\n');
  } catch (error) {
    const isFolder = statSync(home, { throwIfNoEntry: false })?.isDirectory() ?? true;
    const [what, remedy] = isFolder
      ? ['cannot be written', 'Make it writable']
      : ['is no folder', 'Remove or rename it'];
    throw new ProvisionError(
      `${home} ${what} (${(error as Error).message}); the project's Python is kept there. ` +
        `${remedy}, then run \`npx snakepit sync\` again.`,
      { cause: error },
    );
  }
}

async function provisionLocked(job: Job): Promise<SyncResult> {
  // Another process may have done it all while this one waited.
  const done = inPlace(job);
  if (done === undefined) return result(await provision(job), true);
  // A touched pyproject.toml that asks for the same: noted, so that open() need not parse it.
  if (!sameMark(done.pyproject, job.pyproject)) writeStamp({ ...done, pyproject: job.pyproject });
  return result(done, false);
}

function isReadOnly(error: unknown): boolean {
  const first = error instanceof ProvisionError ? error.cause : error;
  const { code = '' } = (first ?? {}) as NodeJS.ErrnoException;
  return ['EROFS', 'EACCES', 'EPERM'].includes(code);
}

function chooseProject(named: string | undefined): string {
  const project = named === undefined ? findProject(process.cwd()) : resolve(named);
  if (project === undefined || !isProject(project)) {
    throw new ProjectError(
      `there is no pyproject.toml in ${project ?? `${process.cwd()} or above it`}. Make one with a ` +
        '[project] table that lists the Python packages under `dependencies`.',
    );
  }
  return realpathSync(project);
}

function requested(env: NodeJS.ProcessEnv): string | null {
  const named = env['SNAKEPIT_PYTHON'];
  return named === undefined || named === '' ? null : named;
}

/** The stamp, when it is of these inputs and of files that are still as they were. */
function inPlace(job: Job): Stamp | undefined {
  const stamp = readStamp(job.project);
  if (stamp === undefined || stamp.project !== job.project) return undefined;
  if (stamp.inputs !== hashInputs(job.inputs) || !sameRequest(stamp, job)) return undefined;
  if (!isIntact(stamp) || !existsSync(stamp.python.venv)) return undefined;
  return stamp;
}

/** SNAKEPIT_PYTHON unset again is no reason to leave an interpreter that fits. */
function sameRequest(stamp: Stamp, job: Job): boolean {
  const now = requested(job.env);
  return now === null || now === stamp.requested || now === stamp.python.executable.path;
}

function isIntact({ python }: Stamp): boolean {
  return [python.executable, python.libpython].every((recorded) => {
    const mark = markOf(recorded.path);
    if (mark === undefined) return false;
    return sameMark(mark, recorded) || sha256File(recorded.path) === recorded.sha256;
  });
}

async function provision(job: Job): Promise<Stamp> {
  const { project, home, env, inputs, report } = job;
  const before = readStamp(project);
  const settings = readIndexSettings(env);
  const uv = await obtainUv({ home, env, settings, report });
  report(`uv ${uv.version}`);
  const python = await settleInterpreter(job, before, uv);
  const { executable, libpython } = python;
  const environment = await buildEnvironment({ home, inputs, uv, executable, libpython, report });
  const stamp: Stamp = {
    version: 1,
    project,
    inputs: hashInputs(inputs),
    pyproject: job.pyproject,
    requested: requested(env),
    uv: uv.version,
    source: python.source,
    python: {
      version: python.version,
      executable,
      libpython,
      venv: environment.python,
      openssl: python.openssl,
      zlib: python.zlib,
    },
    packages: environment.packages,
  };
  writeStamp(stamp);
  // The one before stays for processes that still run on it.
  const previous = before === undefined ? [] : [dirname(dirname(before.python.venv))];
  dropEnvironments(home, [environment.folder, ...previous]);
  return stamp;
}

interface Settled extends Pick<Interpreter, 'version' | 'openssl' | 'zlib' | 'source'> {
  readonly executable: RecordedFile;
  readonly libpython: RecordedFile;
}

/** The interpreter of the last sync while its bytes are the same and it still fits, else a new one. */
async function settleInterpreter(job: Job, before: Stamp | undefined, uv: Uv): Promise<Settled> {
  const { home, env, inputs, report } = job;
  const { requiresPython } = inputs;
  const stays = before?.project === job.project && isIntact(before);
  if (stays && sameRequest(before, job) && satisfies(before.python.version, requiresPython)) {
    report(`python: CPython ${before.python.version} as before (${before.source})`);
    return { ...before.python, source: before.source };
  }
  const reinstall = before?.source === 'managed' && !isIntact(before);
  if (before !== undefined && !isIntact(before)) {
    report(`python: CPython ${before.python.version} was changed since the last sync; set up anew`);
  }
  const found = await chooseInterpreter({ home, env, requiresPython, uv, reinstall, report });
  report(`python: CPython ${found.version}, ${found.source} (${found.why})`);
  report(`  ${found.executable}`);
  return {
    version: found.version,
    openssl: found.openssl,
    zlib: found.zlib,
    source: found.source,
    executable: recordFile(found.executable),
    libpython: recordFile(found.libpython),
  };
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
