import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

function run(program: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Ended {
  const file = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  const start = performance.now();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 50_000,
  });
  return { status, signal, stdout, stderr, seconds: (performance.now() - start) / 1000 };
}

describe('worker_threads', () => {
  test.each(['main', 'worker'])('one interpreter, opened first in a %s thread', (first) => {
    const { status, stdout, stderr } = run('worker.mjs', [first]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const results = JSON.parse(stdout) as { sum: number; thread: number }[];
    expect(results.map(({ sum }) => sum)).toEqual([60_001, 60_001, 60_001, 60_001]);
    expect(new Set(results.map(({ thread }) => thread)).size).toBe(4);
  });
});

describe('what a worker_thread left in Python', () => {
  test('is a clear error after its end, and is dropped without a fault', () => {
    const { status, stdout, stderr } = run('worker-callback.mjs');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [called, asked, error, ...texts] = JSON.parse(stdout) as string[];
    for (const said of [called, asked, error]) expect(said).toMatch(/worker thread that has ended/);
    expect(texts).toEqual(['Error: of a worker', '<JavaScript object>', '<JavaScript function>']);
  });
});

describe('opening', () => {
  test('imports nothing that a bare Python has not, but our own start', () => {
    const { stdout } = run('modules.mjs');
    const { executable, modules } = JSON.parse(stdout) as { executable: string; modules: string[] };
    const bare = execFileSync(executable, ['-c', 'import io, sys; print(*sys.modules)'], {
      encoding: 'utf8',
    });
    const more = modules.filter((name) => !bare.trim().split(' ').includes(name));
    // `collections` alone would cost 2 ms of every start.
    expect(more).toEqual(['_snakepit', '_snakepit.output']);
  });
});

describe('deep data', () => {
  test('is refused with a short path, never an abort', () => {
    const { status, stdout } = run('deep.mjs');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(Array(6).fill('ERR_CONVERSION 1000 levels short'));
  });
});

describe('child processes of Python', () => {
  test('write to the standard output of Node', () => {
    expect(run('child-stdio.mjs')).toMatchObject({ status: 0, stdout: 'hi\n' });
  });

  test('start afresh instead of forking a process with V8 in it', () => {
    const { status, stdout, stderr } = run('processes.mjs');
    expect(stderr).not.toContain('Traceback');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      method: expect.stringMatching(/^(spawn|forkserver)$/) as string,
      sums: [4_999_950_000, 4_999_950_000],
    });
  });
});

describe('the end', () => {
  test.each([
    ['returns', '', 0],
    ['process.exit', 'exit', 3],
    ['an uncaught error', 'throw', 1],
  ])('atexit runs, output is whole, threads do not hold the process: %s', (_, how, code) => {
    const { status, stdout, seconds } = run('exit.mjs', ['', how]);
    expect(stdout).toBe('printed\natexit ran\n');
    expect(status).toBe(code);
    expect(seconds).toBeLessThan(20);
  });

  test('an exit function that hangs costs seconds, not the process', () => {
    const { status, seconds } = run('exit.mjs', ['hang', '']);
    expect(status).toBe(0);
    expect(seconds).toBeLessThan(20);
  });
});

describe('what would end a Python', () => {
  test('is an error of the call, never the end of the host', () => {
    expect(run('endings.mjs', ['exits'])).toMatchObject({
      status: 0,
      stdout: 'SystemExit: 3\nKeyboardInterrupt: \nSystemExit: \nSystemExit: 5\nalive\n',
      stderr: '',
    });
  });

  test('arrays, generators and callbacks that live at the end harm nobody', () => {
    expect(run('endings.mjs', ['holding'])).toMatchObject({
      status: 0,
      stdout: 'end\n',
      stderr: '',
    });
  });

  test('Ctrl-C ends a program that computes in Python, as it ends any of Node', async () => {
    const file = fileURLToPath(new URL('programs/endings.mjs', import.meta.url));
    const child = spawn(process.execPath, [file, 'looping'], { stdio: ['ignore', 'pipe', 2] });
    const ended = once(child, 'exit');
    await once(child.stdout as Readable, 'data');
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
  });
});

describe('the start', () => {
  test('changes no signal handler, and names the provisioned Python', () => {
    const { stdout, stderr } = run('signals.mjs', [], {
      PYTHONHOME: '/nowhere',
      PYTHONPATH: '/nowhere',
    });
    expect(stderr).toBe('');
    const { same, executable, prefix, base, flags } = JSON.parse(stdout) as Record<string, string>;
    expect(same).toBe(true);
    expect(executable).toMatch(/\.snakepit.*python/);
    expect(prefix).toMatch(/\.snakepit/);
    expect(base).not.toBe(prefix);
    expect(flags).toEqual([0, 1, 1]);
  });

  test('a library that is none, or is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'snakepit-'));
    try {
      const file = join(folder, 'libpython3.11.so');
      writeFileSync(file, 'no library');
      for (const path of [file, join(folder, 'none.so')]) {
        const { stdout } = run('start.mjs', [path]);
        expect(stdout).toMatch(/^ERR_NO_PYTHON libpython could not be opened: .*snakepit sync/);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const old = (existsSync(versions) ? readdirSync(versions) : [])
    .flatMap((name) => {
      const minor = /^3\.(8|9|10)\./.exec(name)?.[1] ?? '';
      return [join(versions, name, `lib/libpython3.${minor}.so.1.0`)];
    })
    .find((file) => existsSync(file));
  test.skipIf(old === undefined)('an old Python is refused by its age', () => {
    const { stdout } = run('start.mjs', [old ?? '']);
    expect(stdout).toMatch(
      /^ERR_NO_PYTHON .* is CPython 3\.\d+\.\d+; snakepit needs 3\.11 or newer/,
    );
  });

  test('an addon that is not there says how to get it', () => {
    const program =
      "import('snakepit').then(({ open }) => open()).catch((e) => console.log(e.message))";
    const stdout = execFileSync(process.execPath, ['-e', program], {
      encoding: 'utf8',
      cwd: process.env['SNAKEPIT_TEST_PROJECT'],
      env: { ...process.env, SNAKEPIT_ADDON: '/nowhere/snakepit.node' },
    });
    expect(stdout).toMatch(/native addon could not be loaded on [^]*npm run build/);
  });
});
