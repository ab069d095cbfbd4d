import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { NoPythonError } from '../errors/errors.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { sha256File } from './hash.ts';
import { type Interpreter, probe, unfit } from './interpreter.ts';
import type { LockedInterpreter } from './lock.ts';
import { isPlatform, lockPlatform, PLATFORMS, type Platform } from './platform.ts';
import { PYTHON_MINIMUM } from './project.ts';
import { searchFolders } from './search-path.ts';
import { lowestMinor } from './specifier.ts';
import { recordFile } from './stamp.ts';

/** What looking for an interpreter of this machine needs to know. */
export interface SystemRequest {
  readonly env: NodeJS.ProcessEnv;
  readonly requiresPython: string;
}

/** An interpreter that was found, and in one line why that one. */
export interface Found {
  readonly python: Interpreter;
  readonly why: string;
}

/** What SNAKEPIT_PYTHON names; null where it names nothing. */
export function requestedPython(env: NodeJS.ProcessEnv): string | null {
  const named = env['SNAKEPIT_PYTHON'];
  return named === undefined || named === '' ? null : named;
}

/** The name of this machine in a lock. */
export function thisPlatform(): Platform {
  const platform = lockPlatform();
  if (isPlatform(platform)) return platform;
  throw new ProvisionError(
    `snakepit does not run on ${platform}. It runs on ${PLATFORMS.join(', ')}.`,
  );
}

/** The interpreter that SNAKEPIT_PYTHON names. */
export async function findNamed(named: string, request: SystemRequest): Promise<Found> {
  const python = await examine(named, request);
  if (typeof python === 'string') {
    throw new NoPythonError(
      `SNAKEPIT_PYTHON (${named}) ${python}. Point it at the python3 of a CPython ` +
        `${PYTHON_MINIMUM} or newer itself (not at a shim that chooses one), or unset it.`,
    );
  }
  return { python, why: 'named by SNAKEPIT_PYTHON' };
}

/** The first interpreter on PATH that fits. `refused`: why there is no managed one. */
export async function findOnPath(request: SystemRequest, refused: string | null): Promise<Found> {
  const refusals: string[] = [];
  const seen = new Set<string>();
  for (const candidate of candidatesOnPath(request.env)) {
    const python = await examine(candidate, request);
    if (typeof python !== 'string') return { python, why: 'the first on PATH that fits' };
    if (!seen.has(python)) refusals.push(`  ${candidate} ${python}`);
    seen.add(python);
  }
  const list = refusals.length === 0 ? '  there is no python on PATH' : refusals.join('\n');
  const { requiresPython } = request;
  const managed = refused === null ? '' : `uv could not install one: ${refused}.\n`;
  throw new NoPythonError(
    `no CPython for requires-python "${requiresPython}".\n${managed}` +
      `On this machine:\n${list}\nInstall a CPython ${lowestMinor(requiresPython)} or newer with a ` +
      'shared libpython, or point SNAKEPIT_PYTHON at one, then run `npx snakepit sync` again.',
  );
}

async function examine(python: string, request: SystemRequest): Promise<Interpreter | string> {
  const probed = await probe(python, request.env);
  if (typeof probed === 'string') return probed;
  const why = unfit(probed, request.requiresPython);
  if (why !== undefined) return why;
  const { version, openssl, zlib } = probed;
  const executable = recordFile(probed.executable);
  const libpython = recordFile(probed.libpython ?? '');
  const entry: LockedInterpreter = {
    platform: thisPlatform(),
    source: 'system',
    implementation: 'cpython',
    version,
    build: null,
    archive: null,
    executable: { path: executable.path, sha256: executable.sha256 },
    libpython: { path: libpython.path, sha256: libpython.sha256 },
  };
  return { entry, executable, libpython, openssl, zlib };
}

/** Where the files of a locked interpreter lie on this machine. */
export interface Place {
  readonly executable: string;
  readonly libpython: string;
}

/**
 * Looks for the very bytes that a lock names, where it names them and on PATH, without running
 * anything. A text says what was found instead.
 */
export function placeOf(entry: LockedInterpreter, env: NodeJS.ProcessEnv): Place | string {
  const { executable, libpython } = entry;
  if (libpython === null) return 'the lock names no libpython of it';
  const named = requestedPython(env);
  const candidates = [
    ...(named === null ? [] : [named]),
    executable.path,
    ...candidatesOnPath(env),
  ];
  let instead: string | undefined;
  for (const candidate of new Set(candidates.filter((path) => existsSync(path)).map(real))) {
    const found = sha256File(candidate);
    if (found !== executable.sha256) {
      if (candidate === executable.path) {
        instead = `${candidate}: expected sha256 ${executable.sha256}, found ${found}`;
      }
      continue;
    }
    // Beside the interpreter as it was at the time of locking, wherever that stands now.
    const beside = join(dirname(candidate), relative(dirname(executable.path), libpython.path));
    const libraries = [beside, libpython.path].filter((path) => existsSync(path));
    const library = libraries.find((path) => sha256File(path) === libpython.sha256);
    if (library !== undefined) return { executable: candidate, libpython: library };
    const [other] = libraries;
    instead =
      other === undefined
        ? `${libpython.path} is gone`
        : `${other}: expected sha256 ${libpython.sha256}, found ${sha256File(other)}`;
  }
  return instead ?? `${executable.path} is gone, and no python on PATH has its bytes`;
}

function real(path: string): string {
  return realpathSync(path);
}

/** `python3`, `python`, then `python3.N` from new to old, folder by folder in PATH's order. */
function candidatesOnPath(env: NodeJS.ProcessEnv): string[] {
  const plain = ['python3', 'python'];
  const found: string[] = [];
  for (const folder of searchFolders(env)) {
    const numbered = readdirSync(folder)
      .filter((name) => /^python3\.\d+$/.test(name))
      .toSorted((a, b) => Number(b.slice(8)) - Number(a.slice(8)));
    found.push(...[...plain, ...numbered].map((name) => join(folder, name)));
  }
  return found.filter((path) => existsSync(path));
}
