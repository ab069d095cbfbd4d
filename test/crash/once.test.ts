import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { WorkerCrashError } from '../../src/errors/worker-errors.ts';
import { events } from '../../src/events/events.ts';
import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure, openPool } from './support/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'snakepit-'));
const path = join(folder, 'counter');
/** A line of the file says that a call with this number ran. */
const COUNT =
  'import os\nfile = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n' +
  'os.write(file, b"%d\\n" % n)\nos.close(file)\n';
// Those that are ready: one that is killed before that pauses further starts.
const ready = new Map<string, number>();
const listening = [
  events.on('worker.ready', ({ worker, pid }) => ready.set(worker, pid)),
  events.on('worker.exit', ({ worker }) => ready.delete(worker)),
];
let pool: PoolExecutor;

beforeAll(async () => {
  // These tests are about deaths, a breaker would be about many of them.
  pool = await openPool({ breaker: false, quarantine: false });
});
beforeEach(() => {
  rmSync(path, { force: true });
});
afterAll(async () => {
  await pool.close();
  for (const one of listening) one[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** False: it is dead already, and the pool does not know yet. */
function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    // 0 would be all of us.
    return pid > 0 && process.kill(pid, signal);
  } catch {
    return false;
  }
}

function lines(): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    counts.set(Number(line), (counts.get(Number(line)) ?? 0) + 1);
  }
  return counts;
}

describe('what may not run twice', () => {
  test('300 calls of which 60 crash: one line each, and all others complete', async () => {
    const ways = ['ctypes.string_at(0)', 'os.abort()', 'os._exit(0)', 'os.kill(os.getpid(), 9)'];
    const calls = Array.from({ length: 300 }, (_, n) => {
      const crash = n % 5 === 3 ? `import ctypes\n${ways[(n >> 3) % 4] ?? ''}\n` : '';
      return block(pool, `${COUNT}${crash}return n`, { path, n });
    });
    const ends = await Promise.allSettled(calls);
    for (const [n, end] of ends.entries()) {
      if (n % 5 !== 3) expect(end).toEqual({ status: 'fulfilled', value: n });
      else expect(end).toMatchObject({ status: 'rejected', reason: { executed: 'yes' } });
    }
    expect([...lines()].sort(([a], [b]) => a - b)).toEqual(ends.map((_, n) => [n, 1]));
  });

  test('workers killed from outside, whenever: never two lines, and no line without a word', async () => {
    const over = performance.now() + 1500;
    const killer = (async (): Promise<number> => {
      let kills = 0;
      while (performance.now() < over) {
        await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 15));
        const pids = [...ready.values()];
        const pid = pids[Math.floor(Math.random() * pids.length)];
        if (pid !== undefined && kill(pid, 'SIGKILL')) kills += 1;
      }
      return kills;
    })();
    const ends: PromiseSettledResult<unknown>[] = [];
    const caller = async (): Promise<void> => {
      while (performance.now() < over) {
        const n = ends.push(null as never) - 1;
        [ends[n]] = (await Promise.allSettled([block(pool, `${COUNT}return n`, { path, n })])) as [
          PromiseSettledResult<unknown>,
        ];
      }
    };
    await Promise.all(Array.from({ length: 4 }, caller));
    expect(await killer).toBeGreaterThan(10);
    const counts = lines();
    for (const [n, end] of ends.entries()) {
      const count = counts.get(n) ?? 0;
      if (end.status === 'fulfilled') expect([n, count]).toEqual([n, 1]);
      else {
        // It had begun: it may have written its line, or died just before.
        expect(end.reason).toBeInstanceOf(WorkerCrashError);
        expect(end.reason).toMatchObject({ executed: 'yes', signal: 'SIGKILL' });
        expect(count).toBeLessThanOrEqual(1);
      }
    }
  });

  test('what was sent to a worker and had not begun runs on another', async () => {
    const moved: unknown[] = [];
    listening.push(events.on('retry', (event) => moved.push(event)));
    for (let n = 0; n < 10; n++) {
      while (ready.size < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      // Each is stopped, so that whichever gets the calls does not begin them.
      const pids = [...ready.values()];
      for (const pid of pids) kill(pid, 'SIGSTOP');
      const calls = [n, n + 100].map((one) => block(pool, `${COUNT}return n`, { path, n: one }));
      for (const pid of pids) kill(pid, 'SIGKILL');
      expect(await Promise.all(calls)).toEqual([n, n + 100]);
    }
    expect([...lines().values()]).toEqual(Array.from({ length: 20 }, () => 1));
    expect(moved.length).toBeGreaterThanOrEqual(10);
    for (const event of moved) expect(event).toMatchObject({ executed: false });
  });

  test('the counter is no accident: an idempotent call that crashes has two lines', async () => {
    const source = `${COUNT}os.abort()`;
    await failure(block(pool, source, { path, n: 7 }, { idempotent: true }));
    expect(lines()).toEqual(new Map([[7, 2]]));
  });
});
