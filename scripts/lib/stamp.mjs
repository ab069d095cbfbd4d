import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

import { at, root } from './root.mjs';

/**
 * Every file below the given files and folders, sorted. What does not exist is left out, so that
 * its appearing changes the hash.
 * @param {readonly string[]} paths
 * @returns {string[]}
 */
export function filesBelow(paths) {
  return paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return [];
    if (!stat.isDirectory()) return [path];
    return filesBelow(
      readdirSync(path)
        .filter((name) => name !== 'node_modules' && name !== '__pycache__')
        .sort()
        .map((name) => `${path}/${name}`),
    );
  });
}

/**
 * One hash over the names and the bytes of files. Hashes and not times: a checkout changes times.
 * @param {readonly string[]} paths
 * @param {readonly string[]} [extra] more text that the result depends on
 */
export function hashOf(paths, extra = []) {
  const hash = createHash('sha256');
  for (const file of filesBelow(paths)) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  for (const text of extra) hash.update(text).update('\0');
  return hash.digest('hex');
}

/**
 * A note of the inputs that the last good build of something had.
 * @param {string} path
 */
export function stampAt(path) {
  return {
    /** @param {string} hash */
    matches(hash) {
      try {
        return readFileSync(path, 'utf8').trim() === hash;
      } catch {
        return false;
      }
    },
    /** @param {string} hash */
    write(hash) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${hash}\n`);
    },
    clear() {
      rmSync(path, { force: true });
    },
  };
}

/**
 * @param {string} name
 */
export const buildStamp = (name) => stampAt(at('build', 'stamps', name));
