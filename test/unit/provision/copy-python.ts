import { cpSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

import { makeRelocatable } from './managed-archive.ts';
import { temporary } from './support.ts';

/** A copy of an interpreter that a test may damage. */
export interface PythonCopy {
  /** `…/bin/python3`, as somebody would name it. */
  readonly python: string;
  readonly executable: string;
}

export function copyTree(original: string): PythonCopy {
  const root = realpathSync(temporary());
  const executable = realpathSync(original);
  const prefix = join(executable, '../..');
  const name = basename(executable);
  mkdirSync(join(root, 'bin'));
  cpSync(executable, join(root, 'bin', name));
  cpSync(join(prefix, 'lib'), join(root, 'lib'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !/\/(test|tests|site-packages|__pycache__|config-[^/]+)$/.test(path),
  });
  makeRelocatable(join(root, 'bin', name), join(prefix, 'lib'));
  symlinkSync(name, join(root, 'bin/python3'));
  return { python: join(root, 'bin/python3'), executable: join(root, 'bin', name) };
}
