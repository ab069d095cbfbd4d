#!/usr/bin/env node
// Formats all three languages, or the named files: `npm run format [-- files]`.
import { join } from 'node:path';

import { toolsVenv } from './lib/python-tools.mjs';
import { at } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { filesBelow } from './lib/stamp.mjs';

const named = process.argv.slice(2).map((path) => at(path));

/** @param {RegExp} suffix */
const files = (suffix) =>
  filesBelow(
    named.length > 0 ? named : ['src-native', 'bench/floor', 'python'].map((p) => at(p)),
  ).filter((path) => suffix.test(path) && !path.includes('/build/'));

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function format(command, args) {
  const { status, output } = await run(command, args);
  if (status !== 0) {
    console.error(output);
    process.exitCode = 1;
  }
}

const bin = await toolsVenv('tools');
const cpp = files(/\.(cc|h)$/);
const python = files(/\.py$/);
const biome = at('node_modules', '@biomejs', 'biome', 'bin', 'biome');
await format(process.execPath, [
  ...[biome, 'format', '--write', '--no-errors-on-unmatched'],
  ...(named.length > 0 ? named : [at()]),
]);
if (cpp.length > 0) await format(join(bin, 'clang-format'), ['-i', ...cpp]);
if (python.length > 0) {
  await format(join(bin, 'ruff'), [
    'format',
    '--config',
    at('python', 'pyproject.toml'),
    ...python,
  ]);
}
