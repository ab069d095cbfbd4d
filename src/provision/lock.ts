import type { PythonSource } from '../contract/sync.ts';
import { LockMismatchError } from '../errors/errors.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { readText, sha256 } from './hash.ts';
import { isPlatform, type Platform } from './platform.ts';
import { parseToml } from './toml.ts';

/** A file of an interpreter: below its own folder where uv made it, absolute where it was found. */
export interface LockedFile {
  readonly path: string;
  readonly sha256: string;
}

/** The interpreter of one platform. */
export interface LockedInterpreter {
  readonly platform: Platform;
  readonly source: PythonSource;
  readonly implementation: 'cpython';
  readonly version: string;
  /** The release of the distribution, by its date; null for an interpreter of the machine. */
  readonly build: string | null;
  /** SHA-256 of the downloaded archive. */
  readonly archive: string | null;
  readonly executable: LockedFile;
  /** Null for a managed one on macOS: uv writes the place of installation into it. */
  readonly libpython: LockedFile | null;
}

/** One package, for the platforms that its marker names. */
export interface LockedPackage {
  readonly name: string;
  /** A version, or an address that the user's own requirement has (`name @ https://…`). */
  readonly version: string | { readonly direct: string };
  readonly marker: string | null;
  /** SHA-256 of each file that may be installed, of all platforms, sorted. */
  readonly hashes: readonly string[];
}

/** Accelerated packages: which variant, and the lowest NVIDIA driver that can run it. */
export interface LockedAccelerator {
  /** As `[tool.snakepit] accelerator` names it; null: what the package index has by default. */
  readonly variant: string | null;
  readonly driver: string | null;
}

/** What snakepit.lock holds. `.snakepit/local.lock` has the interpreters only. */
export interface Lock {
  /** The uv that made it: its list of downloads decides what a managed version is. */
  readonly uv: string;
  readonly requiresPython: string;
  /** Hash of all that was asked for: by pyproject.toml, npm packages, uv.lock. */
  readonly needs: string;
  readonly accelerator: LockedAccelerator | null;
  readonly interpreters: readonly LockedInterpreter[];
  readonly packages: readonly LockedPackage[];
}

/** A lock as it lies on the disk. */
export interface LockOnDisk {
  readonly lock: Lock;
  /** SHA-256 of the whole file. */
  readonly sha256: string;
}

export const LOCK_VERSION = 1;
export const DIGEST_LINE: RegExp = /^digest = "sha256:([0-9a-f]{64})"\n/m;

/** What the digest in a lock is made of: every other byte. */
export const digestOf = (text: string): string => sha256(text.replace(DIGEST_LINE, ''));

/**
 * Reads a lock and compares it with its own digest; undefined where there is none.
 *
 * @throws LockMismatchError for one that was edited, merged by hand, or cut off
 */
export function readLock(path: string, repair: string): LockOnDisk | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const found = digestOf(text);
  const expected = DIGEST_LINE.exec(text)?.[1];
  if (expected !== found) {
    throw new LockMismatchError(
      `${path} was changed after it was made: expected sha256 ${expected ?? '(it has none left)'}, ` +
        `found ${found}. Restore it, or run \`${repair}\` to make it anew.`,
    );
  }
  const lock = parseLock(text);
  if (lock === undefined) {
    throw new ProvisionError(
      `${path} was made by another version of snakepit, which this one cannot read. Run ` +
        `\`${repair}\` to make it anew.`,
    );
  }
  return { lock, sha256: sha256(text) };
}

/** The versions of a lock that nothing vouches for; its hashes are not taken over. */
export function readVersions(path: string): readonly LockedPackage[] {
  return parseLock(readText(path) ?? '')?.packages ?? [];
}

type Table = Readonly<Record<string, unknown>>;

function parseLock(text: string): Lock | undefined {
  const toml = parseToml(text);
  if (toml.state === 'broken' || toml.table['version'] !== LOCK_VERSION) return undefined;
  const { table } = toml;
  const accelerator = table['accelerator'] as Table | undefined;
  return {
    uv: textOf(table, 'uv') ?? '',
    requiresPython: textOf(table, 'requires-python') ?? '',
    needs: textOf(table, 'needs') ?? '',
    accelerator:
      accelerator === undefined
        ? null
        : { variant: textOf(accelerator, 'variant'), driver: textOf(accelerator, 'driver') },
    interpreters: rowsOf(table, 'interpreter').flatMap(interpreterOf),
    packages: rowsOf(table, 'package').flatMap(packageOf),
  };
}

/** The digest says that we wrote the file, so a wrong shape is skipped rather than explained. */
const rowsOf = (table: Table, key: string): readonly Table[] =>
  Array.isArray(table[key]) ? (table[key] as Table[]) : [];

function textOf(table: Table, key: string): string | null {
  const value = table[key];
  return typeof value === 'string' ? value : null;
}

function fileOf(value: unknown): LockedFile | null {
  const { path, sha256: hash } = (value ?? {}) as Partial<LockedFile>;
  return path === undefined || hash === undefined ? null : { path, sha256: hash };
}

function interpreterOf(row: Table): LockedInterpreter[] {
  const { platform, source } = row;
  const executable = fileOf(row['executable']);
  if (!isPlatform(platform) || executable === null) return [];
  return [
    {
      platform,
      source: source === 'managed' ? 'managed' : 'system',
      implementation: 'cpython',
      version: textOf(row, 'version') ?? '',
      build: textOf(row, 'build'),
      archive: textOf(row, 'archive'),
      executable,
      libpython: fileOf(row['libpython']),
    },
  ];
}

function packageOf(row: Table): LockedPackage[] {
  const [name, version, direct] = ['name', 'version', 'direct'].map((key) => textOf(row, key));
  const chosen = version ?? (direct ? { direct } : null);
  if (!name || chosen === null) return [];
  const hashes = Array.isArray(row['hashes']) ? (row['hashes'] as string[]) : [];
  return [{ name, version: chosen, marker: textOf(row, 'marker'), hashes }];
}
