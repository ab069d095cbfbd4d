import { renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PythonSource } from '../contract/sync.ts';
import { readText, sha256File } from './hash.ts';
import { homeOf } from './project.ts';

/** A file's cheap identity. The ctime is in it since a program can set the mtime back. */
export interface FileMark {
  readonly size: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
}

/** A file whose bytes were recorded. */
export interface RecordedFile extends FileMark {
  readonly path: string;
  readonly sha256: string;
}

/** A file that was read at a sync: while its mark is the same, nobody need read it again. */
export interface ReadFile extends FileMark {
  readonly sha256: string;
}

/** What the last successful sync made: `.snakepit/environment.json`. */
export interface Stamp {
  readonly version: 2;
  /** The project folder when it was made; venvs hold absolute paths, so a moved one is stale. */
  readonly project: string;
  /** Hash of what pyproject.toml asks for. */
  readonly inputs: string;
  /** pyproject.toml's mark: while it is the same, nobody need parse it. */
  readonly pyproject: FileMark;
  /** Hash of what npm packages, uv.lock and [tool.snakepit] ask for besides. */
  readonly needs: string;
  /** snakepit.lock, which all of this was made from. */
  readonly lock: ReadFile;
  /** `.snakepit/local.lock`, where that one vouches for the interpreter. */
  readonly local: ReadFile | null;
  readonly source: PythonSource;
  /** SNAKEPIT_PYTHON at that time; another one asks for another sync. */
  readonly requested: string | null;
  readonly uv: string;
  readonly python: {
    readonly version: string;
    readonly executable: RecordedFile;
    readonly libpython: RecordedFile;
    /** The venv's own python, which has the packages. */
    readonly venv: string;
    /** As found outside Node; inside, Node's own copies can answer instead. */
    readonly openssl: string | null;
    readonly zlib: string | null;
  };
  readonly packages: Readonly<Record<string, string>>;
  /** SHA-256 of the environment's list of RECORD files. */
  readonly records: string;
}

export function stampPath(project: string): string {
  return join(homeOf(project), 'environment.json');
}

/** The stamp of a project; undefined when there is none that this version can read. */
export function readStamp(project: string): Stamp | undefined {
  const text = readText(stampPath(project));
  if (text === undefined) return undefined;
  try {
    const stamp = JSON.parse(text) as Stamp | { readonly version: 0 };
    return stamp.version === 2 ? stamp : undefined;
  } catch {
    return undefined; // half a file is no sync; the next one writes it anew
  }
}

/** By rename, so that no reader ever sees half of it. */
export function writeStamp(stamp: Stamp): void {
  replaceFile(stampPath(stamp.project), `${JSON.stringify(stamp, undefined, 2)}\n`);
}

/** Writes a file whole or not at all. */
export function replaceFile(path: string, text: string): void {
  const staged = `${path}.${String(process.pid)}.new`;
  writeFileSync(staged, text);
  renameSync(staged, path);
}

/** A file's mark; undefined when there is no such file. */
export function markOf(path: string): FileMark | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return {
    size: Number(found.size),
    mtimeNs: String(found.mtimeNs),
    ctimeNs: String(found.ctimeNs),
  };
}

export function sameMark(a: FileMark, b: FileMark): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** Marks and hashes a file. Marked first: a change in between is then seen at the next look. */
export function recordFile(path: string): RecordedFile {
  const mark = markOf(path);
  if (mark === undefined) throw new Error(`snakepit: ${path} vanished while it was recorded`);
  return { path, ...mark, sha256: sha256File(path) };
}
