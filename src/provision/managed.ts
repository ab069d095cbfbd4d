import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { LockMismatchError } from '../errors/errors.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { tail } from './command.ts';
import { readText, sha256File } from './hash.ts';
import type { LockedFile, LockedInterpreter } from './lock.ts';
import { downloadKey, type Platform } from './platform.ts';
import { whileWaiting } from './progress.ts';
import { PYTHON_MINIMUM } from './project.ts';
import { redact } from './redact.ts';
import { compareReleases, lowestMinor, parseRelease, satisfies } from './specifier.ts';
import type { Uv } from './uv.ts';

/** What installing a managed CPython needs to know. */
export interface ManagedRequest {
  /** The project's `.snakepit` folder; interpreters go to its `python`. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uv: Uv;
  readonly report: (line: string) => void;
}

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

/** A download that began and broke off is worth uv's retries; one that never began is not. */
const BROKE_OFF = /timed? ?out|connection (reset|closed)|error decoding|unexpected eof/i;

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
  if (typeof present === 'object' && difference(entry, present.entry) === undefined) return present;
  if (present !== undefined) {
    request.report(`python: CPython ${entry.version} in .snakepit was changed; unpacked anew`);
  }
  const how = { reinstall: present !== undefined, build: entry.build };
  const archive = await install(request, folder, key, how);
  if (typeof archive === 'string') return archive;
  const found = describe(root, entry.version, entry.platform, archive);
  if (typeof found === 'string') return found;
  const wrong = difference(entry, found.entry);
  if (wrong === undefined) return found;
  rmSync(root, { recursive: true, force: true });
  throw new LockMismatchError(
    `the ${wrong.what} of the downloaded CPython ${entry.version} is not the one that ${lockName} ` +
      `names: expected sha256 ${wrong.expected}, found ${wrong.found} (${wrong.path}). Nothing of ` +
      'it was run. If the release was replaced on purpose, run `npx snakepit lock --upgrade`.',
  );
}

/** Unpacks the same version for other platforms beside the project, hashes it, and drops it. */
export async function lockForeign(
  request: ManagedRequest,
  version: string,
  platforms: readonly Platform[],
): Promise<readonly LockedInterpreter[]> {
  const scratch = mkdtempSync(join(request.home, 'foreign-'));
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

interface Archive {
  readonly sha256: string | null;
}

async function install(
  { home, env, uv, report }: ManagedRequest,
  folder: string,
  wanted: string,
  { reinstall, build }: { readonly reinstall: boolean; readonly build: string | null },
): Promise<Archive | string> {
  // uv keeps the archive here, compared with its own list: what the lock's hash is made of.
  const archives = mkdtempSync(join(home, 'archive-'));
  const how = ['--no-bin', '--install-dir', folder, ...(reinstall ? ['--reinstall'] : [])];
  const args = ['python', 'install', ...how, wanted];
  const common = {
    UV_PYTHON_CACHE_DIR: archives,
    ...(build === null ? {} : { UV_PYTHON_CPYTHON_BUILD: build }),
  };
  // Without retries a refused download is known in 0.1 s; with uv's default it takes ten.
  const once = { ...common, UV_HTTP_RETRIES: env['UV_HTTP_RETRIES'] ?? '0' };
  const what = `downloading CPython (${wanted})`;
  try {
    let ran = await whileWaiting(what, report, () => uv.run(args, { env: once }));
    if (ran.code !== 0 && BROKE_OFF.test(ran.stderr)) {
      ran = await whileWaiting(what, report, () => uv.run(args, { env: common }));
    }
    if (ran.code !== 0) return refusal(ran.stderr);
    const [file] = readdirSync(archives).filter((name) => /\.tar\.(gz|zst)$/.test(name));
    return { sha256: file === undefined ? null : sha256File(join(archives, file)) };
  } finally {
    rmSync(archives, { recursive: true, force: true });
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
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

function difference(expected: LockedInterpreter, found: LockedInterpreter): Difference | undefined {
  const rows = [
    { what: 'archive', path: 'archive', a: expected.archive, b: found.archive },
    {
      what: 'interpreter',
      path: found.executable.path,
      a: expected.executable.sha256,
      b: found.executable.sha256,
    },
    {
      what: 'libpython',
      path: found.libpython?.path ?? '',
      a: expected.libpython?.sha256 ?? null,
      b: found.libpython?.sha256 ?? null,
    },
  ];
  const wrong = rows.find(({ a, b }) => a !== null && b !== null && a !== b);
  if (wrong === undefined) return undefined;
  return { what: wrong.what, path: wrong.path, expected: wrong.a ?? '', found: wrong.b ?? '' };
}

/**
 * What uv says failed and its deepest cause, in one line. Bytes that are not the published ones
 * are no refusal: nothing else may quietly take their place.
 */
function refusal(stderr: string): string {
  if (/hash mismatch/i.test(stderr)) {
    throw new ProvisionError(
      `the CPython that uv downloaded is not the published one: refused. uv said:\n${tail(stderr)}\n` +
        'Tell whoever runs the mirror, or point SNAKEPIT_PYTHON at a CPython of this machine.',
    );
  }
  const all = redact(stderr).trim().split('\n');
  const told = all.flatMap((line) => /^\s*(?:error|cause):\s*(.+)$/.exec(line)?.[1] ?? []);
  const lines = told.length > 0 ? told : all.slice(-1).filter((line) => line !== '');
  const [first = 'uv gave no reason', last = first] = [lines[0], lines.at(-1)];
  return first === last ? first : `${first}: ${last}`;
}
