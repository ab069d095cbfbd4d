import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { filesBelow, type Installed, parseRecord, sitePackages } from './records.ts';

/** A file that is not as its RECORD says. */
export interface Fault {
  readonly path: string;
  readonly expected: string;
  readonly found: string | null;
}

/** How much was compared. */
export interface Compared {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Compares every file of the installed packages with its RECORD, and looks for files that no
 * RECORD names: Python would import those too. `own` are the files of the environment itself.
 * Bytecode caches have no hash anywhere, and are not compared.
 */
export function compareInstalled(
  environment: string,
  installed: readonly Installed[],
  own: readonly string[],
): Compared | Fault {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const known = new Set(own.map((path) => resolve(environment, path)));
  let [files, bytes] = [0, 0];
  for (const { record } of installed) {
    const list = join(environment, record);
    for (const { path, hash } of parseRecord(list)) {
      const file = resolve(dirname(list), '..', path);
      known.add(file);
      if (hash === undefined) continue; // RECORD itself, whose hash is noted elsewhere
      if (!existsSync(file)) return { path: file, expected: hash.hex, found: null };
      const data = readFileSync(file);
      const found = createHash(hash.name).update(data).digest('hex');
      if (found !== hash.hex) return { path: file, expected: hash.hex, found };
      files += 1;
      bytes += data.length;
    }
  }
  const site = sitePackages(environment);
  const stray = filesBelow(site, site).find((path) => !known.has(resolve(site, path)));
  if (stray === undefined) return { files, bytes };
  return { path: join(relative('', site), stray), expected: '(of no package)', found: 'a file' };
}
