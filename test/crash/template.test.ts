import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure, openPool } from './support/pool.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const parent = (pool: PoolExecutor): Promise<number> =>
  block(pool, 'import os\nreturn os.getppid()', {}, { idempotent: true });

let pool: PoolExecutor;
beforeAll(async () => {
  pool = await openPool({
    breaker: false,
    quarantine: false,
    preload: ['numpy', 'json', 'numpy.random'],
  });
});
afterAll(() => pool.close());

describe.runIf(process.platform === 'linux')('the template', () => {
  test('has loaded what is safe to load, and each worker draws numbers of its own', async () => {
    const source =
      'import os, sys, time\nloaded = sorted({"numpy", "json"} & set(sys.modules))\n' +
      'import numpy, random\ntime.sleep(0.05)\n' +
      'return [loaded, os.getpid(), numpy.random.rand(), random.random()]';
    const rows: any[] = await Promise.all(
      [0, 1].map(async () =>
        JSON.parse(
          await block(pool, `def f():\n${indent(source)}\nimport json\nreturn json.dumps(f())`),
        ),
      ),
    );
    expect(rows.map(([loaded]) => loaded)).toEqual([
      ['json', 'numpy'],
      ['json', 'numpy'],
    ]);
    for (const column of [1, 2, 3]) expect(rows[0][column]).not.toBe(rows[1][column]);
  });

  test('a module inside of what is safe is loaded there too', async () => {
    // From here: its workers may not look into it.
    expect(readFileSync(`/proc/${String(await parent(pool))}/maps`, 'utf8')).toContain('mtrand');
  });

  test('a worker is as it should be: a session and no descriptors of others', async () => {
    const source =
      'import os, json, signal, resource\n' +
      'return json.dumps([os.getsid(0) == os.getpid(), sorted(map(int, os.listdir("/proc/self/fd")))[:10],' +
      ' len(os.listdir("/proc/self/fd")), resource.getrlimit(resource.RLIMIT_CORE)[0],' +
      ' signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,' +
      ' [os.get_inheritable(fd) for fd in (3, 4, 5, 6)]])';
    const [leads, first, count, core, term, inherits] = JSON.parse(await block(pool, source));
    expect(leads).toBe(true);
    // The streams, the channel, and the memory that it shares with the host.
    expect(first).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The folder that is being listed, the device of random numbers, the worker's own memory, and what
    // every child of this process has: its parent left it open.
    const everyChild = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' });
    const inherited = everyChild.trim().split('\n').length - 4;
    expect(count).toBeLessThanOrEqual(13 + inherited);
    expect(core).toBe(0);
    expect(term).toBe(true);
    expect(inherits).toEqual([false, false, false, false]);
  });

  test('its death is its workers’, and the pool gets others; at last without it', async () => {
    for (let i = 0; i < 3; i++) {
      const template = await parent(pool);
      expect(template).not.toBe(process.pid);
      const running = failure(block(pool, 'import time\ntime.sleep(60)'));
      await sleep(30);
      process.kill(template, 'SIGKILL');
      expect(await running).toMatchObject({ reason: 'signal', signal: 'SIGKILL', executed: 'yes' });
    }
    expect(await parent(pool)).toBe(process.pid);
    // A worker without a template dies, and is told, in the same way.
    const source = 'import ctypes\nreturn ctypes.string_at(0)';
    expect(await failure(block(pool, source))).toMatchObject({ signal: 'SIGSEGV' });
    expect(await block(pool, 'return 6 * 7')).toBe(42);
  });
});

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
