import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { DeadlineError, WorkerCrashError } from '../../src/errors/worker-errors.ts';
import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure, openPool } from './support/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'snakepit-'));
let pool: PoolExecutor;

beforeAll(async () => {
  // These tests are about deaths, a breaker would be about many of them.
  pool = await openPool({ breaker: false, quarantine: false });
});
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

/** A name, the code, what the error says, and a function that its Python stack has. */
const DEATHS: readonly [name: string, source: string, expected: object, frame: RegExp | null][] = [
  [
    'SIGSEGV',
    'import ctypes\nreturn ctypes.string_at(0)',
    { reason: 'signal', signal: 'SIGSEGV' },
    /string_at/,
  ],
  ['SIGABRT', 'import os\nos.abort()', { reason: 'signal', signal: 'SIGABRT' }, /<py>/],
  [
    'SIGKILL',
    'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)',
    { reason: 'signal', signal: 'SIGKILL' },
    null,
  ],
  [
    'SIGBUS',
    'import mmap, os\nf = os.memfd_create("x")\nos.ftruncate(f, 4096)\nm = mmap.mmap(f, 4096)\n' +
      'os.ftruncate(f, 0)\nreturn m[0]',
    { reason: 'signal', signal: 'SIGBUS' },
    /<py>/,
  ],
  [
    'SIGFPE',
    'import os, signal\nos.kill(os.getpid(), signal.SIGFPE)\nimport time\ntime.sleep(9)',
    { reason: 'signal', signal: 'SIGFPE' },
    null,
  ],
  ['exit 0', 'import os\nos._exit(0)', { reason: 'exit', exitCode: 0 }, null],
  ['exit 3', 'import os\nos._exit(3)', { reason: 'exit', exitCode: 3 }, null],
  [
    'a stack overflow in C',
    'import sys\nsys.setrecursionlimit(10**9)\ndef f(x): return sorted([x], key=f)\nreturn f(1)',
    { reason: 'signal', signal: 'SIGSEGV' },
    /\bf\b/,
  ],
  [
    'a closed channel',
    'import os, time\nos.close(3)\nos.close(4)\ntime.sleep(60)',
    { reason: 'protocol' },
    null,
  ],
  [
    'garbage on the channel',
    'import os, time\nos.write(4, b"\\xff" * 100)\ntime.sleep(60)',
    { reason: 'protocol' },
    null,
  ],
];

describe('every death is known for what it was', () => {
  test.each(DEATHS)('%s', async (_, source, expected, frame) => {
    const error = await failure(block(pool, source));
    expect(error).toBeInstanceOf(WorkerCrashError);
    expect(error).toMatchObject({ ...expected, executed: 'yes', taints: 'worker' });
    expect(error.attempts).toHaveLength(1);
    if (frame !== null) {
      expect(error.pythonStack.some((one: any) => frame.test(one.function))).toBe(true);
    }
    // And the pool lives on.
    expect(await block(pool, 'return 6 * 7')).toBe(42);
  });

  test('its last words are in the error', async () => {
    const source = 'import os\nos.write(2, b"the end is near\\n")\nos._exit(9)';
    const error = await failure(block(pool, source));
    expect(error.output).toContain('the end is near');
  });

  test('a hang in C, with the GIL held: where it stood is in the cause', async () => {
    const source = 'x = 10**13\nreturn sum(range(x))';
    const error = await failure(block(pool, source, {}, { timeout: 300 }));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error.cause).toMatchObject({ reason: 'hang', signal: 'SIGKILL', executed: 'yes' });
    expect(error.cause.pythonStack.at(-1)).toMatchObject({ line: 2 });
  });

  test('a frozen worker is found without any deadline', async () => {
    const source = 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)';
    const error = await failure(block(pool, source));
    expect(error).toMatchObject({ reason: 'heartbeat', signal: 'SIGKILL' });
  }, 20_000);

  test('a forked child that keeps the channel open hides nothing', async () => {
    const source = 'import os, time\nif os.fork() == 0:\n  time.sleep(60)\nos.abort()';
    const error = await failure(block(pool, source));
    expect(error).toMatchObject({ reason: 'signal', signal: 'SIGABRT' });
  });
});

describe('what runs twice, and what never does', () => {
  const crashOnce = (name: string): [string, object] => [
    'import os\nwith open(path, "a") as f: f.write("x")\n' +
      'if os.path.getsize(path) == 1: os.abort()\nreturn os.path.getsize(path)',
    { path: join(folder, name) },
  ];

  test('an idempotent call runs again, on another worker', async () => {
    const [source, names] = crashOnce('twice');
    const before = pool.stats.retried;
    expect(await block(pool, source, { ...names }, { idempotent: true })).toBe(2);
    expect(pool.stats.retried).toBe(before + 1);
  });

  test('a call that may not: one line, always', async () => {
    const calls = Array.from({ length: 12 }, async (_, i) => {
      const [source, names] = crashOnce(`once-${String(i)}`);
      const error = await failure(block(pool, source, { ...names }));
      expect(error).toMatchObject({ reason: 'signal', executed: 'yes' });
    });
    // In between, others that crash nothing: all of them complete.
    const others = Array.from({ length: 50 }, (_, i) => block(pool, 'return i', { i }));
    expect(await Promise.all(others)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    await Promise.all(calls);
    for (let i = 0; i < 12; i++) {
      expect(readFileSync(join(folder, `once-${String(i)}`), 'utf8')).toBe('x');
    }
  });

  test('the attempts are counted, and in the error', async () => {
    const options = { idempotent: true, retry: { attempts: 3 } };
    const error = await failure(block(pool, 'import os\nos._exit(4)', {}, options));
    expect(error.attempts).toHaveLength(3);
    expect(new Set(error.attempts.map(({ worker }: any) => worker)).size).toBe(3);
    expect(error.message).toMatch(/attempt 3/);
  });

  test('a Python exception is an answer, and runs again only where it is listed', async () => {
    const source = 'with open(path, "a") as f: f.write("x")\nraise OSError("again")';
    const run = (name: string, on: string[]) =>
      failure(
        block(
          pool,
          source,
          { path: join(folder, name) },
          { idempotent: true, retry: { attempts: 3, on } },
        ),
      );
    expect((await run('listed', ['OSError'])).type).toBe('OSError');
    expect((await run('unlisted', ['KeyError'])).type).toBe('OSError');
    expect(readFileSync(join(folder, 'listed'), 'utf8')).toBe('xxx');
    expect(readFileSync(join(folder, 'unlisted'), 'utf8')).toBe('x');
  });
});

describe('after deaths nothing is left', () => {
  test('what a dead worker started is ended too, even in a session of its own', async () => {
    const path = join(folder, 'child');
    const source =
      'import os, subprocess\n' +
      'one = subprocess.Popen(["sleep", "300"])\n' +
      'two = subprocess.Popen(["sleep", "300"], start_new_session=True)\n' +
      'with open(path, "w") as f: f.write(f"{one.pid} {two.pid}")\nos.abort()';
    writeFileSync(path, '');
    await failure(block(pool, source, { path }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const pids = readFileSync(path, 'utf8').split(' ');
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});
