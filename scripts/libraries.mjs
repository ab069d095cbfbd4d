#!/usr/bin/env node
// The big libraries in one process, and again under a preloaded jemalloc: allocators and C++
// run-times are what they clash over. `npm run test:libraries`.
import { existsSync, mkdirSync } from 'node:fs';

import { at } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { filesBelow } from './lib/stamp.mjs';
import { countLine, sum, vitest } from './lib/vitest.mjs';

const project = at('test', 'fixtures', 'libraries');

/**
 * jemalloc: SNAKEPIT_JEMALLOC, else the system's, else Debian's package unpacked beside the tools.
 * @returns {Promise<string | undefined>}
 */
async function jemalloc() {
  const named = process.env['SNAKEPIT_JEMALLOC'];
  if (named) return named;
  const { output } = await run('ldconfig', ['-p']);
  const installed = /libjemalloc\.so\.2 .*=> (\S+)/.exec(output)?.[1];
  if (installed) return installed;
  const folder = at('.tools', 'jemalloc');
  const unpacked = () => filesBelow([folder]).find((path) => path.endsWith('libjemalloc.so.2'));
  if (!unpacked()) {
    mkdirSync(folder, { recursive: true });
    await run('apt-get', ['download', 'libjemalloc2'], { cwd: folder });
    const [archive] = filesBelow([folder]).filter((path) => path.endsWith('.deb'));
    if (archive) await run('dpkg-deb', ['-x', archive, folder]);
  }
  return unpacked();
}

const setup = await run(process.execPath, [at('scripts', 'setup.mjs'), '--sync', project], {
  show: true,
});
if (setup.status !== 0) process.exit(1);

/** @param {NodeJS.ProcessEnv} env */
const round = (env) =>
  vitest(['--project=libraries', ...process.argv.slice(2)], {
    show: true,
    env: { SNAKEPIT_TEST_PROJECT: project, ...env },
  });

const counts = [await round({})];
const allocator = await jemalloc();
if (allocator && existsSync(allocator)) {
  console.log('\nAgain, with jemalloc preloaded:');
  counts.push(await round({ LD_PRELOAD: allocator }));
} else {
  console.log('\nNo jemalloc was found (SNAKEPIT_JEMALLOC names one): that round was left out.');
  counts.push({ passed: 0, failed: 0, skipped: 1, status: 0, output: '', seconds: 0 });
}
const total = sum(counts);
if (total.passed === 0) total.failed ||= 1;
console.log(countLine(total));
process.exitCode = total.failed === 0 ? 0 : 1;
