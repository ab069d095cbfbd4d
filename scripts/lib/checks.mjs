import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { clangTidy } from './clang-tidy.mjs';
import { projectPython } from './pytest.mjs';
import { toolsVenv } from './python-tools.mjs';
import { at } from './root.mjs';
import { run } from './run.mjs';
import { checkSizes } from './size-rule.mjs';
import { filesBelow } from './stamp.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<{ ok: boolean, output: string }>} run
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./run.mjs').RunOptions} [options]
 */
async function program(command, args, options) {
  const { status, output } = await run(command, args, options);
  return { ok: status === 0, output };
}

/**
 * A program of node_modules, by Node: the `.bin` links are not there on every platform.
 * @param {string} path
 * @param {...string} args
 */
const node = (path, ...args) => program(process.execPath, [at('node_modules', path), ...args]);

/** @param {string} project */
const tsc = (project) => node('typescript/bin/tsc', '--noEmit', '-p', at(project));

/** @param {RegExp} suffix */
const nativeFiles = (suffix) => filesBelow([at('src-native')]).filter((path) => suffix.test(path));

/** Packs the package as npm would and looks at the tarball as a user gets it. */
async function packed() {
  const setup = await program(process.execPath, [at('scripts', 'setup.mjs')]);
  if (!setup.ok) return setup;
  const folder = at('build', 'pack');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const npm = process.env['npm_execpath'];
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const pack = npm ? await program(process.execPath, [npm, ...args]) : await program('npm', args);
  const [tarball] = filesBelow([folder]);
  if (!pack.ok || tarball === undefined) return { ok: false, output: pack.output };
  const results = [
    await node('publint/src/cli.js', '--strict', tarball),
    await node('@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', tarball),
  ];
  return { ok: results.every(({ ok }) => ok), output: results.map((r) => r.output).join('\n') };
}

async function mypy() {
  const bin = await toolsVenv('tools');
  const python = projectPython(at('test', 'fixtures', 'project'));
  // With the project's own NumPy where there is one: its types are what the code runs against.
  const target = python ? ['--python-executable', python] : [];
  return program(join(bin, 'mypy'), [...target, 'snakepit'], { cwd: at('python') });
}

/**
 * @param {string} tool
 * @param {string} cwd
 * @param {...string} args
 */
const pythonTool = async (tool, cwd, ...args) =>
  program(join(await toolsVenv('tools'), tool), args, { cwd });

/** In the order of their cost, the quick ones first. @type {readonly Check[]} */
export const checks = [
  { name: 'file sizes', run: async () => checkSizes() },
  { name: 'format: ts, json', run: () => node('@biomejs/biome/bin/biome', 'format', at()) },
  {
    name: 'format: c++',
    run: () =>
      pythonTool('clang-format', at(), '--dry-run', '-Werror', ...nativeFiles(/\.(cc|h)$/)),
  },
  { name: 'format: python', run: () => pythonTool('ruff', at('python'), 'format', '--check') },
  { name: 'lint: python', run: () => pythonTool('ruff', at('python'), 'check') },
  { name: 'types', run: () => tsc('tsconfig.json') },
  { name: 'types: looser users', run: () => tsc('tsconfig.loose.json') },
  { name: 'types: scripts', run: () => tsc('tsconfig.scripts.json') },
  { name: 'types: python', run: mypy },
  {
    name: 'arrows',
    run: () =>
      node(
        'dependency-cruiser/bin/dependency-cruise.mjs',
        '--config',
        at('.dependency-cruiser.cjs'),
        'src',
      ),
  },
  { name: 'dead code', run: () => node('knip/bin/knip.js') },
  {
    name: 'lint',
    // Without its cache: rules that know types would answer for a file as its imports once were.
    run: () => node('eslint/bin/eslint.js', at()),
  },
  { name: 'package', run: packed },
  { name: 'lint: c++', run: clangTidy },
];
