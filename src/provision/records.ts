import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';

import { sha256, sha256File } from './hash.ts';

/** An installed package, by its `.dist-info` folder. */
export interface Installed {
  /** Normalised: `scikit-learn`. */
  readonly name: string;
  readonly version: string;
  /** Its RECORD, below the environment; it has the hash of each of the package's files. */
  readonly record: string;
}

const DIST_INFO = /^(.+?)-([^-]+)\.dist-info$/;

/** The `site-packages` of a virtual environment. */
export function sitePackages(environment: string): string {
  const library = join(environment, 'lib');
  const names = existsSync(library) ? readdirSync(library) : [];
  const python = names.find((name) => /^python3\.\d+$/.test(name));
  return join(library, python ?? '', 'site-packages');
}

/** What is installed in a virtual environment, sorted by folder. */
export function readInstalled(environment: string): readonly Installed[] {
  const site = sitePackages(environment);
  const folders = existsSync(site) ? readdirSync(site).toSorted() : [];
  return folders.flatMap((folder): Installed[] => {
    const [, name, version] = DIST_INFO.exec(folder) ?? [];
    if (name === undefined || version === undefined) return [];
    const record = relative(environment, join(site, folder, 'RECORD'));
    return [{ name: normalised(name), version, record }];
  });
}

/** A project name as PEP 503 normalises it, so that two spellings are equal. */
export function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** Every file below a folder but bytecode caches, relative to `base`, sorted. */
export function filesBelow(folder: string, base: string): readonly string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const found = entries.flatMap((entry): readonly string[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === '__pycache__' ? [] : filesBelow(path, base);
    return [relative(base, path)];
  });
  return found.toSorted();
}

/** The hash of a file, of a link's target, or null for what is not there. */
export function hashOf(path: string): string | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  return found.isSymbolicLink() ? sha256(readlinkSync(path)) : sha256File(path);
}

/**
 * The hashes of an environment's own files and of each package's RECORD, as `sha256sum` writes
 * them; its own hash stands for all of them. `own` are the files that `uv venv` made.
 */
export function recordsText(environment: string, own: readonly string[]): string {
  const paths = [...own, ...readInstalled(environment).map(({ record }) => record)];
  return paths.map((path) => `${hashOf(join(environment, path)) ?? '-'}  ${path}\n`).join('');
}

/** The rows of such a list. */
export function parseRecords(text: string): readonly { path: string; sha256: string }[] {
  const rows = text.split('\n').filter((row) => row !== '');
  return rows.map((row) => {
    const at = row.indexOf('  ');
    return { sha256: row.slice(0, at), path: row.slice(at + 2) };
  });
}

/** One row of a RECORD file. */
export interface RecordRow {
  readonly path: string;
  /** None for RECORD itself. */
  readonly hash?: { readonly name: string; readonly hex: string };
}

/** Reads a RECORD: CSV of path, `algorithm=base64url` and size. */
export function parseRecord(path: string): readonly RecordRow[] {
  const rows = readFileSync(path, 'utf8').split(/\r?\n/);
  return rows.flatMap((row): RecordRow[] => {
    const [, quoted, plain, name, hash] =
      /^(?:"((?:[^"]|"")*)"|([^,]*)),(?:(\w+)=([\w-]+))?,/.exec(row) ?? [];
    const file = quoted?.replaceAll('""', '"') ?? plain;
    if (file === undefined || file === '') return [];
    if (name === undefined || hash === undefined) return [{ path: file }];
    return [{ path: file, hash: { name, hex: Buffer.from(hash, 'base64url').toString('hex') } }];
  });
}
