import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { sha256File } from '../../../src/provision/hash.ts';
import { temporary } from './support.ts';

/**
 * Packs an installed CPython as the archives look that uv downloads, with a downloads list that
 * names it: the managed path for real, on a machine that refuses the real downloads.
 * Returns the list's path, for UV_PYTHON_DOWNLOADS_JSON_URL.
 */
export function packManaged(python: string, version: string): string {
  const folder = temporary();
  const tree = join(folder, 'python');
  const prefix = resolve(python, '../..');
  const [major = '3', minor = '0', patch = '0'] = version.split('.');
  const short = `${major}.${minor}`;
  mkdirSync(join(tree, 'bin'), { recursive: true });
  cpSync(join(prefix, `bin/python${short}`), join(tree, `bin/python${short}`));
  for (const name of ['python3', 'python']) {
    cpSync(join(prefix, `bin/python${short}`), join(tree, 'bin', name));
  }
  const bulky = /\/(test|tests|idlelib|tkinter|ensurepip|site-packages|__pycache__|config-[^/]+)$/;
  cpSync(join(prefix, `lib/python${short}`), join(tree, `lib/python${short}`), {
    recursive: true,
    filter: (path) => !bulky.test(path),
  });
  mkdirSync(join(tree, `lib/python${short}/site-packages`));
  for (const name of readdirSync(join(prefix, 'lib')).filter((n) => n.startsWith('libpython'))) {
    cpSync(join(prefix, 'lib', name), join(tree, 'lib', name), { verbatimSymlinks: true });
  }
  for (const name of [`python${short}`, 'python3', 'python']) {
    makeRelocatable(join(tree, 'bin', name), join(prefix, 'lib'));
  }
  const archive = join(folder, `cpython-${version}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', folder, 'python']);
  rmSync(tree, { recursive: true });
  return writeList(archive, [Number(major), Number(minor), Number(patch)]);
}

/** The folder of its libraries is written in the executable: `$ORIGIN/../lib` fits in its place. */
export function makeRelocatable(executable: string, libraries: string): void {
  const bytes = readFileSync(executable);
  const at = bytes.indexOf(`${libraries}\0`);
  if (at < 0) return; // built relocatable
  bytes.fill(0, at, at + libraries.length);
  bytes.write('$ORIGIN/../lib', at);
  writeFileSync(executable, bytes);
}

function writeList(
  archive: string,
  [major, minor, patch]: readonly [number, number, number],
): string {
  const family = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const version = [major, minor, patch].join('.');
  const entry = {
    name: 'cpython',
    arch: { family, variant: null },
    os: 'linux',
    libc: 'gnu',
    major,
    minor,
    patch,
    prerelease: '',
    url: `file://${archive}`,
    sha256: sha256File(archive),
    variant: null,
    build: '20240101',
  };
  const list = join(archive, '../downloads.json');
  writeFileSync(list, JSON.stringify({ [`cpython-${version}-linux-${family}-gnu`]: entry }));
  return list;
}
