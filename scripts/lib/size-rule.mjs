import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

import { at, root } from './root.mjs';
import { filesBelow } from './stamp.mjs';

/** Lines that a file may have (style.md, section 4). Tables and generated code are exempt. */
const LIMITS = [
  { folders: ['src', 'test', 'scripts', 'bench'], suffix: /\.(ts|mjs)$/, lines: 250 },
  { folders: ['src-native', 'bench'], suffix: /\.(cc|h)$/, lines: 450 },
  { folders: ['python'], suffix: /\.py$/, lines: 250 },
];

/** A file says so itself, near its top: `size-exempt: <why>`. */
const EXEMPT = /\bsize-exempt: \S/;

/** @returns {{ ok: boolean, output: string }} */
export function checkSizes() {
  const tooLong = LIMITS.flatMap(({ folders, suffix, lines }) =>
    filesBelow(folders.map((folder) => at(folder)))
      .filter((path) => suffix.test(path) && !/\/(fixtures|golden|build)\//.test(path))
      .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
      .filter(({ text }) => !EXEMPT.test(text.slice(0, 2000)))
      .map(({ path, text }) => ({ path, count: text.split('\n').length - 1, lines }))
      .filter(({ count }) => count > lines),
  );
  return {
    ok: tooLong.length === 0,
    output: tooLong
      .map(({ path, count, lines }) => `${relative(root, path)}: ${count} lines, ${lines} allowed`)
      .join('\n'),
  };
}
