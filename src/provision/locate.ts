import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { LockMismatchError, NotSyncedError } from '../errors/errors.ts';
import { readText, sha256File } from './hash.ts';
import { findProject, hashInputs, homeOf, isProject, readInputs } from './project.ts';
import {
  markOf,
  readStamp,
  type RecordedFile,
  replaceFile,
  sameMark,
  type FileMark,
  type ReadFile,
  type Stamp,
} from './stamp.ts';

/** The Python of a synced project, verified. */
export interface ProvisionedPython {
  readonly project: string;
  readonly version: string;
  /** The venv's python: what `sys.executable` must become. */
  readonly executable: string;
  readonly libpython: string;
  /** OpenSSL and zlib of this interpreter outside Node; null where it has none. */
  readonly openssl: string | null;
  readonly zlib: string | null;
}

/**
 * Finds the Python that `snakepit sync` made and checks that it is unchanged: a few stat calls
 * while nothing changed, hashes where a file was touched.
 *
 * @example
 * const { libpython, executable } = locate();
 */
export function locate(projectDir?: string): ProvisionedPython {
  const project = projectDir === undefined ? findProject(process.cwd()) : resolve(projectDir);
  if (project === undefined || !isProject(project)) {
    const where = project ?? `${process.cwd()} or a folder above it`;
    throw new NotSyncedError(
      `no pyproject.toml in ${where}. Make one that lists the Python packages you need, then run ` +
        '`npx snakepit sync`.',
    );
  }
  const stamp = readStamp(project);
  if (stamp === undefined) {
    throw new NotSyncedError(`${project} has no Python yet. Run \`${commandFor(project)}\`.`);
  }
  if (stamp.project !== project && realpathSync(project) !== stamp.project) {
    throw new NotSyncedError(
      `${project} was moved since its Python was set up in ${stamp.project}. Run ` +
        `\`${commandFor(project)}\`.`,
    );
  }
  checkInputs(project, stamp);
  checkLock(project, 'snakepit.lock', stamp.lock);
  if (stamp.local !== null) checkLock(project, '.snakepit/local.lock', stamp.local);
  if (!existsSync(stamp.python.venv)) {
    throw new NotSyncedError(`${stamp.python.venv} is gone. Run \`${commandFor(project)}\`.`);
  }
  checkFile(project, 'interpreter', stamp.python.executable);
  checkFile(project, 'libpython', stamp.python.libpython);
  return {
    project,
    version: stamp.python.version,
    executable: stamp.python.venv,
    libpython: stamp.python.libpython.path,
    openssl: stamp.python.openssl,
    zlib: stamp.python.zlib,
  };
}

/** The command that repairs, as a person can paste it. */
function commandFor(project: string): string {
  const here = findProject(process.cwd()) === project;
  return here ? 'npx snakepit sync' : `npx snakepit sync --project ${project}`;
}

function checkInputs(project: string, stamp: Stamp): void {
  const mark = markOf(join(project, 'pyproject.toml'));
  if (mark !== undefined && sameMark(mark, stamp.pyproject)) return;
  // Touched: a checkout, a formatter, another table. Only what is asked of Python counts.
  if (hashInputs(readInputs(project)) === stamp.inputs) return;
  throw new NotSyncedError(
    `pyproject.toml in ${project} asks for other packages or another Python than were set up. ` +
      `Run \`${commandFor(project)}\`.`,
  );
}

/** A lock that says something else now, or nothing: what is installed is not what it stands for. */
function checkLock(project: string, name: string, read: ReadFile): void {
  const path = join(project, name);
  const found = foundInstead(project, { path, ...read });
  if (found === undefined) return;
  throw new LockMismatchError(
    `${path} is not the one that was installed: expected sha256 ${read.sha256}, found ` +
      `${found ?? 'no such file'}. Run \`${commandFor(project)}\` to install what it says.`,
  );
}

/** Marks of files that were hashed again, and found right, after something touched them. */
type Verified = Record<string, FileMark & { readonly sha256: string }>;

function readNotes(path: string): Verified {
  try {
    return JSON.parse(readText(path) ?? '{}') as Verified;
  } catch {
    return {}; // no note: hashed again
  }
}

function checkFile(project: string, what: string, recorded: RecordedFile): void {
  const { path, sha256 } = recorded;
  const found = foundInstead(project, recorded);
  if (found === undefined) return;
  if (found === null) {
    throw new LockMismatchError(
      `the ${what} ${path} is gone, or its folder cannot be read. Refusing to start another ` +
        `one. Run \`${commandFor(project)}\`.`,
    );
  }
  throw new LockMismatchError(
    `the ${what} ${path} is not the one that was set up: expected sha256 ${sha256}, found ` +
      `${found}. Refusing to start it. Run \`${commandFor(project)}\` to set it up again.`,
  );
}

/** The hash of a file that has other bytes than recorded, null for one that is gone. */
function foundInstead(project: string, recorded: RecordedFile): string | null | undefined {
  const { path, sha256 } = recorded;
  const mark = markOf(path);
  if (mark === undefined) return null;
  if (sameMark(mark, recorded)) return undefined;
  const notes = join(homeOf(project), 'verified.json');
  const verified = readNotes(notes);
  const note = verified[path];
  if (note?.sha256 === sha256 && sameMark(mark, note)) return undefined;
  const found = sha256File(path);
  if (found !== sha256) return found;
  try {
    replaceFile(notes, JSON.stringify({ ...verified, [path]: { ...mark, sha256 } }));
  } catch {
    // A read-only project: right, only hashed again at each start.
  }
  return undefined;
}
