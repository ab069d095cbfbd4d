// The package as a user gets it: packed, installed without scripts and without a compiler.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { addonPath } from '../../src/native/load.ts';
import { lockPlatform } from '../../src/provision/platform.ts';
import { onPath } from '../../src/provision/search-path.ts';
import { environment, pyenvPythons, testUv } from '../unit/provision/support.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const work = realpathSync(mkdtempSync(join(tmpdir(), 'snakepit-package-')));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

const npm = realpathSync(onPath('npm', process.env)[0] ?? '');
const [python] = Object.entries(pyenvPythons())
  .filter(([version]) => /^3\.1[1-4]\./.test(version))
  .map(([, path]) => path);

/** A PATH with Node, a Python and a shell: no compiler, no CMake, no uv. */
function barePath(): string {
  const bin = join(work, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  symlinkSync('/bin/sh', join(bin, 'sh'));
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\nexec ${python ?? ''} "$@"\n`, { mode: 0o755 });
  return bin;
}

let env: NodeJS.ProcessEnv;
const app = join(work, 'app');

const run = (file: string, args: readonly string[], cwd = app): string =>
  execFileSync(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/** The tarball of a release: this tree's, with a binary for this platform as prebuilds has it. */
function pack(): string {
  const packed = (folder: string): string => {
    const args = [npm, 'pack', '--ignore-scripts', '--silent', '--pack-destination', work];
    execFileSync(process.execPath, args, { cwd: folder });
    return join(work, readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '');
  };
  const first = packed(ROOT);
  execFileSync('tar', ['-xzf', first, '-C', work]);
  rmSync(first);
  const [os = '', arch = '', libc] = lockPlatform().split('-');
  const name = libc === undefined ? 'snakepit.node' : `snakepit.${libc}.node`;
  const binary = join(work, 'package/prebuilds', `${os}-${arch}`, name);
  if (!existsSync(binary)) {
    mkdirSync(dirname(binary), { recursive: true });
    cpSync(addonPath(), binary);
  }
  return packed(join(work, 'package'));
}

describe.runIf(python !== undefined && process.platform !== 'win32')('in an empty folder', () => {
  beforeAll(async () => {
    const tarball = pack();
    mkdirSync(app);
    writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true }\n');
    const uv = await testUv();
    env = environment({ PATH: barePath(), SNAKEPIT_UV: uv, SNAKEPIT_ADDON: undefined });
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    run(process.execPath, [npm, 'install', ...quiet, tarball]);
  }, 180_000);

  test('what is installed is the library, its Python files, and two small packages', () => {
    const modules = join(app, 'node_modules');
    const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
    expect(names.toSorted()).toEqual(['node-gyp-build', 'smol-toml', 'snakepit']);
    const files = readdirSync(join(modules, 'snakepit'));
    for (const name of ['dist', 'python', 'prebuilds', 'src-native', 'LICENSE', 'README.md']) {
      expect(files).toContain(name);
    }
    for (const name of ['test', 'bench', 'src', 'node_modules', 'build']) {
      expect(files).not.toContain(name);
    }
    const manifest = JSON.parse(readFileSync(join(modules, 'snakepit/package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const name of ['preinstall', 'install', 'postinstall']) {
      expect(manifest.scripts).not.toHaveProperty(name);
    }
  });

  test('add numpy, and five lines of a program print a result', () => {
    const cli = join(app, 'node_modules/.bin/snakepit');
    run(cli, ['add', 'numpy']);
    expect(readFileSync(join(app, 'pyproject.toml'), 'utf8')).toMatch(
      /^\[project\]\nname = "app"\n[^]*dependencies = \["numpy>=\d[^"]*"\]\n$/,
    );
    expect(existsSync(join(app, 'snakepit.lock'))).toBe(true);
    writeFileSync(
      join(app, 'program.mjs'),
      [
        "import { py } from 'snakepit';",
        "const np = py.import('numpy');",
        'const table = np.arange(12).reshape([3, 4]);',
        'console.log(table.sum(), py`np.linalg.matrix_rank(${table})`);'.replace('np.', '${np}.'),
      ].join('\n'),
    );
    expect(run(process.execPath, ['program.mjs'])).toBe('66 2\n');
    run(cli, ['verify', '--deep']);
    expect(run(cli, ['doctor'])).toMatch(/ok {2}addon +\S+prebuilds/);
    run(cli, ['remove', 'numpy']);
    expect(readFileSync(join(app, 'pyproject.toml'), 'utf8')).toContain('dependencies = []');
  });

  test('required from CommonJS, and its sync() is there', () => {
    const program = `
      const { open, sync } = require('snakepit');
      sync().then(({ changed }) => console.log(changed, open().import('math').factorial(10)));
    `;
    writeFileSync(join(app, 'program.cjs'), program);
    expect(run(process.execPath, ['program.cjs'])).toBe('false 3628800\n');
  });

  test('init in a folder of its own; a mistake is one line', () => {
    const cli = join(app, 'node_modules/.bin/snakepit');
    const other = join(work, 'other one');
    mkdirSync(other);
    run(cli, ['init'], other);
    expect(readFileSync(join(other, 'pyproject.toml'), 'utf8')).toContain('name = "other-one"\n');
    const wrong = (args: readonly string[]): string => {
      try {
        run(cli, args, other);
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr);
      }
      throw new Error('it should have failed');
    };
    expect(wrong(['remove', 'numpy'])).toMatch(
      /^snakepit: .* does not list numpy .* has nothing\.\n$/,
    );
    expect(wrong(['add', '--', '-r x'])).toMatch(/"-r x" is no requirement such as numpy/);
    expect(wrong(['add', 'no-such-package-of-snakepit'])).toMatch(/could not be resolved/);
    // As before: nothing half done.
    expect(readFileSync(join(other, 'pyproject.toml'), 'utf8')).toContain('dependencies = []\n');
    expect(existsSync(join(other, 'snakepit.lock'))).toBe(false);
  });
});
