import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { LockMismatchError } from '../errors/errors.ts';
import { type Archive, install, type ManagedRequest } from './download.ts';
import { readText, sha256File } from './hash.ts';
import type { LockedFile, LockedInterpreter } from './lock.ts';
import { downloadKey, type Platform } from './platform.ts';
import { PYTHON_MINIMUM } from './project.ts';
import { scratchFolder } from './scratch.ts';
import { compareReleases, lowestMinor, parseRelease, satisfies } from './specifier.ts';

/** An unpacked interpreter, of which nothing was run yet. */
export interface Unpacked {
  readonly entry: LockedInterpreter;
  readonly executable: string;
  readonly libpython: string;
}

/**
 * The newest CPython that snakepit is tested with. A download stays at or below it: wheels for a
 * CPython of this autumn appear months later. Asking for a newer one in requires-python lifts it.
 */
const NEWEST_TESTED = '3.14';

/** Unpacks the newest CPython that fits, or says in one line why there is none. */
export async function installNewest(
  request: ManagedRequest,
  requiresPython: string,
  platform: Platform,
): Promise<Unpacked | string> {
  const lowest = Number(lowestMinor(requiresPython).split('.')[1]);
  const capped = lowest <= Number(NEWEST_TESTED.split('.')[1]);
  const next = `3.${String(Number(NEWEST_TESTED.split('.')[1]) + 1)}`;
  const wanted = `>=${PYTHON_MINIMUM}${capped ? `,<${next}` : ''},${requiresPython}`;
  const folder = join(request.home, 'python');
  // What an earlier sync unpacked may have been changed since: a lock is made of fresh bytes.
  const installed = await install(request, folder, wanted, { reinstall: true, build: null });
  if (typeof installed === 'string') return installed;
  // uv could be asked which one it is, but it would run it to answer.
  const versions = versionsIn(folder, platform).filter((version) => satisfies(version, wanted));
  const version = versions.at(-1);
  if (version === undefined) return `uv installed none that fits "${wanted}"`;
  return describe(join(folder, downloadKey(version, platform)), version, platform, installed);
}

/**
 * Unpacks the CPython of a lock where it is not in place already, or says in one line why the
 * download was refused.
 *
 * @throws LockMismatchError where the bytes are not those of the lock; nothing of them was run
 */
export async function installLocked(
  request: ManagedRequest,
  entry: LockedInterpreter,
  lockName: string,
): Promise<Unpacked | string> {
  const folder = join(request.home, 'python');
  const key = downloadKey(entry.version, entry.platform);
  const root = join(folder, key);
  const present = existsSync(root)
    ? describe(root, entry.version, entry.platform, entry.archive)
    : undefined;
  const isRight = typeof present === 'object' && difference(entry, present.entry) === undefined;
  if (isRight && !request.reinstall) return present;
  if (present !== undefined && !isRight) {
    request.report(`python: CPython ${entry.version} in .snakepit was changed; unpacked anew`);
  }
  const refuse = (wrong: Difference): never => {
    rmSync(root, { recursive: true, force: true });
    throw new LockMismatchError(
      `the ${wrong.what} of the downloaded CPython ${entry.version} is not the one that ` +
        `${lockName} names: expected sha256 ${wrong.expected}, found ${wrong.found}. Nothing of ` +
        'it was run. If the release was replaced on purpose, run `npx snakepit lock --upgrade`.',
    );
  };
  const archive = await install(request, folder, key, {
    reinstall: present !== undefined,
    build: entry.build,
    inspect: (found) => {
      const expected = entry.archive ?? found;
      if (found !== expected) refuse({ what: 'archive', expected, found });
    },
  });
  if (typeof archive === 'string') return archive;
  const found = describe(root, entry.version, entry.platform, archive);
  if (typeof found === 'string') return found;
  const wrong = difference(entry, found.entry);
  return wrong === undefined ? found : refuse(wrong);
}

/** Unpacks the same version for other platforms beside the project, hashes it, and drops it. */
export async function lockForeign(
  request: ManagedRequest,
  version: string,
  platforms: readonly Platform[],
): Promise<readonly LockedInterpreter[]> {
  const scratch = scratchFolder(request.home);
  try {
    const all = platforms.map(async (platform) => {
      const folder = join(scratch, platform);
      const key = downloadKey(version, platform);
      const archive = await install(request, folder, key, { reinstall: false, build: null });
      const found =
        typeof archive === 'string'
          ? archive
          : describe(join(folder, key), version, platform, archive);
      if (typeof found === 'object') return [found.entry];
      request.report(`no CPython ${version} for ${platform}: ${found}`);
      return [];
    });
    return (await Promise.all(all)).flat();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function versionsIn(folder: string, platform: Platform): string[] {
  // Links stand beside them: cpython-3.13-… leads to cpython-3.13.5-….
  const versions = readdirSync(folder).flatMap(
    (name) => /^cpython-(\d+\.\d+\.\d+)-/.exec(name)?.[1] ?? [],
  );
  return versions
    .filter((version) => existsSync(join(folder, downloadKey(version, platform))))
    .toSorted((a, b) => compareReleases(parseRelease(a), parseRelease(b)));
}

function describe(
  root: string,
  version: string,
  platform: Platform,
  archive: Archive | string | null,
): Unpacked | string {
  const short = version.split('.').slice(0, 2).join('.');
  const isMac = platform.startsWith('darwin');
  const library = `lib/libpython${short}.${isMac ? 'dylib' : 'so.1.0'}`;
  const program = `bin/python${short}`;
  for (const path of [program, library]) {
    if (!existsSync(join(root, path))) return `${basename(root)} has no ${path}`;
  }
  const locked = (path: string): LockedFile => ({ path, sha256: sha256File(join(root, path)) });
  const entry: LockedInterpreter = {
    platform,
    source: 'managed',
    implementation: 'cpython',
    version,
    build: readText(join(root, 'BUILD'))?.trim() ?? null,
    archive: typeof archive === 'string' ? archive : (archive?.sha256 ?? null),
    executable: locked(program),
    libpython: isMac ? null : locked(library),
  };
  return { entry, executable: join(root, program), libpython: join(root, library) };
}

interface Difference {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

/** The first hash that is known on both sides and differs. */
function difference(a: LockedInterpreter, b: LockedInterpreter): Difference | undefined {
  const rows = [
    { what: 'archive', expected: a.archive, found: b.archive },
    { what: 'interpreter', expected: a.executable.sha256, found: b.executable.sha256 },
    { what: 'libpython', expected: a.libpython?.sha256, found: b.libpython?.sha256 },
  ];
  for (const { what, expected, found } of rows) {
    if (expected && found && expected !== found) return { what, expected, found };
  }
  return undefined;
}
