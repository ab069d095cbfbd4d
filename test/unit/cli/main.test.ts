import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), 'snakepit-cli-'));
afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
});

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function snakepit(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = FOLDER): Said {
  const options = {
    cwd,
    env: { ...process.env, SNAKEPIT_DEBUG: '', ...env },
    encoding: 'utf8',
  } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], options);
  return { code: status, out: stdout, err: stderr };
}

test('--version is the version of package.json', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  expect(snakepit(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

test('--help names every command; no command at all is a mistake', () => {
  expect(snakepit(['--help'])).toMatchObject({ code: 0, err: '' });
  const { out } = snakepit(['sync', '--help']);
  for (const name of ['init', 'add', 'remove', 'lock', 'sync', 'verify', 'doctor']) {
    expect(out).toContain(`\n  snakepit ${name} `);
  }
  expect(snakepit([])).toMatchObject({ code: 2 });
});

test('what is not understood is exit code 2', () => {
  const unknown = snakepit(['snyc']);
  expect(unknown).toMatchObject({ code: 2, out: '' });
  expect(unknown.err).toMatch(/there is no command "snyc"\. `npx snakepit --help` lists them/);
  const option = snakepit(['sync', '--frobnicate']);
  expect(option.code).toBe(2);
  expect(option.err).toMatch(/Unknown option '--frobnicate'/);
  expect(snakepit(['toString']).code).toBe(2);
});

describe('errors are one message, exit code 1', () => {
  test('no project', () => {
    const said = snakepit(['sync']);
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toMatch(/^snakepit: there is no pyproject\.toml in .* or above it\. Make one/);
    expect(said.err).not.toMatch(/\n\s+at /);
  });

  test('a broken pyproject.toml; with SNAKEPIT_DEBUG its stack too', () => {
    const project = join(FOLDER, 'broken');
    mkdirSync(project);
    writeFileSync(join(project, 'pyproject.toml'), '[project\n');
    const said = snakepit(['sync', '--project', project]);
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/pyproject\.toml is not valid TOML, line 1, column \d+/);
    expect(said.err).not.toMatch(/\n\s+at /);
    const debug = snakepit(['sync', '--project', 'broken'], { SNAKEPIT_DEBUG: '1' });
    expect(debug.err).toMatch(/ProjectError: [^]*\n\s+at /);
  });
});
