#!/usr/bin/env node
// The native half on every Node x every Python: `npm run test:matrix [-- test files]`
// [--nodes 20,26] [--pythons 3.11,3.13] [--binary release|zig|no-v8].
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { buildNative } from './lib/native-build.mjs';
import { NODES, nodeProgram } from './lib/nodes.mjs';
import { matrixPythons } from './lib/pythons.mjs';
import { at } from './lib/root.mjs';
import { inSeconds, run } from './lib/run.mjs';
import { countLine, noCounts, sum, vitest } from './lib/vitest.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: 'string', default: NODES.join(',') },
    pythons: { type: 'string', default: '' },
    binary: { type: 'string', default: 'release' },
  },
});
// Without V8's symbols buffers that are not ours are copied, which the contract's tables refuse.
const suites =
  values.binary === 'no-v8'
    ? ['test/native/', 'test/memory/']
    : ['test/native/', 'test/memory/', 'test/contract/'];
const files = positionals.length > 0 ? positionals : suites;

/**
 * A project of its own for each Python, because an environment has one interpreter.
 * @param {import('./lib/pythons.mjs').FoundPython} python
 * @returns {Promise<string>}
 */
async function syncedProject(python) {
  const folder = at('.tools', 'matrix', python.version);
  mkdirSync(folder, { recursive: true });
  for (const name of ['pyproject.toml', 'snakepit.lock']) {
    rmSync(`${folder}/${name}`, { force: true });
  }
  cpSync(at('test', 'fixtures', 'project'), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('.snakepit'),
  });
  const { status, output } = await run(
    process.execPath,
    [at('dist', 'cli', 'main.js'), 'sync', '--project', folder],
    { env: { SNAKEPIT_PYTHON: python.path } },
  );
  if (status !== 0) throw new Error(`sync with Python ${python.version} failed:\n${output}`);
  return folder;
}

/** @param {string} text */
const list = (text) => text.split(',').filter((part) => part !== '');

/** @param {string} wanted `20` or `20.20.2` */
const nodeVersion = (wanted) =>
  NODES.find((version) => version === wanted || version.startsWith(`${wanted}.`)) ?? wanted;

/** `zig` is the prebuilt binary's compiler, for this machine's platform. */
function preset() {
  if (values.binary !== 'zig') return values.binary;
  const libc = process.platform === 'linux' ? '-glibc' : '';
  return `zig-${process.platform}-${process.arch}${libc}`;
}

try {
  const setup = await run(process.execPath, [at('scripts', 'setup.mjs')], { show: true });
  if (setup.status !== 0) process.exit(1);
  const { addon, note } = await buildNative(preset());
  console.log(`binary: ${values.binary}, ${note}`);
  const wanted = list(values.pythons);
  const pythons = (await matrixPythons()).filter(
    ({ version, minor }) =>
      wanted.length === 0 || wanted.includes(minor) || wanted.includes(version),
  );
  if (pythons.length === 0) {
    throw new Error(
      'No CPython >= 3.11 with a shared libpython was found. Name some: SNAKEPIT_MATRIX_PYTHONS.',
    );
  }

  const counts = [noCounts()];
  /** @type {string[]} */
  const table = [];
  for (const python of pythons) {
    const project = await syncedProject(python);
    for (const version of list(values.nodes).map(nodeVersion)) {
      const cell = await vitest(['--project=main', ...files], {
        node: await nodeProgram(version),
        env: { SNAKEPIT_TEST_PROJECT: project, SNAKEPIT_ADDON: addon },
      });
      if (cell.passed === 0) cell.failed ||= 1;
      counts.push(cell);
      const name = `Node ${version}  Python ${python.version}`.padEnd(32);
      table.push(`${name} ${countLine(cell)}  ${inSeconds(cell.seconds)}`);
      console.log(table.at(-1));
      if (cell.failed > 0) console.log(cell.output);
    }
  }
  const total = sum(counts);
  console.log(`\nbinary: ${values.binary}\n${table.join('\n')}\n${countLine(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
