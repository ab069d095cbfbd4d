import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Batch, KeptObject, type RemoteObject } from '../../src/contract/batch.ts';
import { readCallOptions } from '../../src/contract/options.ts';
import {
  BreakerOpenError,
  DeadlineError,
  HandleElsewhereError,
  HandleLostError,
  PoisonTaskError,
  PoolClosedError,
  QueueFullError,
  SessionLostError,
  WorkerCrashError,
} from '../../src/errors/worker-errors.ts';
import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure, openPool, valueOf } from './support/pool.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const CRASH = 'import os\nos.abort()';

/** An object that stays with its worker. */
async function object(pool: Pick<PoolExecutor, 'run'>, source: string): Promise<RemoteObject> {
  const batch: Batch = {
    steps: [{ op: 'block', name: source }],
    returns: [{ step: 0, want: 'ref' }],
  };
  const [outcome] = await pool.run(batch, readCallOptions());
  return valueOf(outcome) as RemoteObject;
}

async function lengthOf(pool: Pick<PoolExecutor, 'run'>, ...of: RemoteObject[]): Promise<unknown> {
  const args = of.map(({ n }) => new KeptObject(n));
  const batch: Batch = { steps: [{ op: 'len', args }], returns: [{ step: 0, want: 'auto' }] };
  const [outcome] = await pool.run(batch, readCallOptions());
  return valueOf(outcome);
}

let pool: PoolExecutor;
beforeAll(async () => {
  pool = await openPool({ breaker: false, quarantine: false, workers: 2 });
});
afterAll(() => pool.close());

describe('a call that is not wanted any more', () => {
  test.each([
    ['in a loop of Python', 'while True: pass'],
    ['asleep', 'import time\ntime.sleep(60)'],
  ])('%s: its worker lives on', async (_, source) => {
    const { crashes } = pool.stats;
    const controller = new AbortController();
    const running = failure(block(pool, source, {}, { signal: controller.signal }));
    await sleep(50);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await running).toBe(reason);
    expect(pool.stats.crashes).toBe(crashes);
  });

  test('in C, with the GIL held: its worker is killed after the grace', async () => {
    const { crashes } = pool.stats;
    const signal = AbortSignal.timeout(50);
    const error = await failure(block(pool, 'return sum(range(10**15))', {}, { signal }));
    expect(error.name).toBe('TimeoutError');
    expect(pool.stats.crashes).toBe(crashes + 1);
  });

  test('while it waits, or before it was made: at once', async () => {
    const busy = [0, 1].map(() => block(pool, 'import time\ntime.sleep(0.3)'));
    const controller = new AbortController();
    const waiting = failure(block(pool, 'return 1', {}, { signal: controller.signal }));
    controller.abort('never mind');
    expect(await waiting).toBe('never mind');
    expect(await failure(block(pool, 'return 1', {}, { signal: controller.signal }))).toBe(
      'never mind',
    );
    await Promise.all(busy);
  });

  test('no interrupt meant for one call hits the next', async () => {
    for (let i = 0; i < 60; i++) {
      const controller = new AbortController();
      const first = block(pool, 'return 1', {}, { signal: controller.signal }).catch(() => 1);
      setTimeout(() => controller.abort(), i % 3);
      const next = block(pool, 'import time\ntime.sleep(0.002)\nreturn 2');
      expect([await first, await next]).toEqual([1, 2]);
    }
  });

  test('a time that is over: DeadlineError, and its cause says where it was', async () => {
    const error = await failure(block(pool, 'while True: pass', {}, { timeout: 100 }));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error.cause).toMatchObject({ type: 'KeyboardInterrupt' });
  });
});

describe('objects', () => {
  test('run where they live, and are let go', async () => {
    const list = await object(pool, 'return [1, 2, 3]');
    expect(await Promise.all(Array.from({ length: 20 }, () => lengthOf(pool, list)))).toEqual(
      Array.from({ length: 20 }, () => 3),
    );
    expect(pool.refOf(list.n)).toMatch(/^w\d+\.\d+\.\d+$/);
    pool.release([list.n]);
    expect(await failure(lengthOf(pool, list))).toBeInstanceOf(Error);
  });

  test('of two workers cannot meet, and are lost with theirs', async () => {
    const made = await Promise.all(
      [0, 1].map(() => object(pool, 'import time\ntime.sleep(0.1)\nreturn [1]')),
    );
    const [a, b] = made as [RemoteObject, RemoteObject];
    expect(await failure(lengthOf(pool, a, b))).toBeInstanceOf(HandleElsewhereError);
    const batch: Batch = {
      steps: [{ op: 'block', name: CRASH, kwargs: { x: new KeptObject(a.n) } }],
      returns: [{ step: 0, want: 'auto' }],
    };
    const crash = pool.run(batch, readCallOptions({ idempotent: true }));
    const waiting = failure(lengthOf(pool, a));
    expect(await failure(crash)).toBeInstanceOf(WorkerCrashError);
    expect(await waiting).toBeInstanceOf(HandleLostError);
    const lost = await failure(lengthOf(pool, a));
    expect(lost).toBeInstanceOf(HandleLostError);
    expect(lost.message).toMatch(/SIGABRT/);
    expect(await lengthOf(pool, b)).toBe(1);
  });
});

describe('sessions', () => {
  test('strict: one worker, in order; its state is lost with it until it was made anew', async () => {
    const session = pool.session('alice', 'strict');
    const pids = await Promise.all(
      Array.from({ length: 10 }, () => block(session, 'import os\nreturn os.getpid()')),
    );
    expect(new Set(pids).size).toBe(1);
    const crash = failure(block(session, CRASH, {}, { idempotent: true }));
    const waiting = failure(block(session, 'return 1'));
    expect(await crash).toBeInstanceOf(WorkerCrashError);
    expect(await waiting).toBeInstanceOf(SessionLostError);
    expect(await failure(block(session, 'return 1'))).toBeInstanceOf(SessionLostError);
    session.restored();
    expect(await block(session, 'return 1')).toBe(1);
    session.close();
  });

  test('hint: goes on elsewhere', async () => {
    const session = pool.session('bob', 'hint');
    expect(await block(session, 'return 1')).toBe(1);
    await failure(block(session, CRASH));
    expect(await block(session, 'return 2')).toBe(2);
    session.close();
  });
});

describe('limits', () => {
  test('a full queue says so at once, and what was accepted completes', async () => {
    const small = await openPool({ workers: 1, spares: 0, queue: 3 });
    const ends = await Promise.allSettled(
      Array.from({ length: 10 }, () => block(small, 'import time\ntime.sleep(0.05)\nreturn 1')),
    );
    const refused = ends.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(6);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(QueueFullError);
    await small.close();
  });

  test('a call waits so long for a worker, and no longer', async () => {
    const small = await openPool({ workers: 1, spares: 0, queueTimeout: 100 });
    const long = block(small, 'import time\ntime.sleep(0.5)\nreturn 1');
    expect(await failure(block(small, 'return 2'))).toBeInstanceOf(DeadlineError);
    expect(await long).toBe(1);
    await small.close();
  });

  test('a breaker opens, and a poisonous call is refused while others run', async () => {
    const guarded = await openPool({ breaker: { failures: 2, cooldown: 60_000 } });
    for (let i = 0; i < 2; i++) await failure(block(guarded, CRASH));
    expect(await failure(block(guarded, CRASH))).toBeInstanceOf(BreakerOpenError);
    await guarded.close();
    const clean = await openPool({ breaker: false, quarantine: { kills: 2, forMs: 60_000 } });
    for (let i = 0; i < 2; i++) await failure(block(clean, CRASH));
    expect(await failure(block(clean, CRASH))).toBeInstanceOf(PoisonTaskError);
    expect(await block(clean, 'return 1')).toBe(1);
    await clean.close();
  });

  test('a worker that cannot start says why', async () => {
    const error = await failure(openPool({ preload: ['no_such_module_anywhere'] }));
    expect(error.message).toMatch(/no_such_module_anywhere/);
    expect(error.cause).toMatchObject({ type: 'ModuleNotFoundError' });
  });

  test('recycling by calls: another process, and no call is lost', async () => {
    const short = await openPool({ workers: 1, recycle: { calls: 5 } });
    const pids = new Set<unknown>();
    for (let i = 0; i < 60; i++) {
      pids.add(await block(short, 'import os\nreturn os.getpid()'));
      await sleep(50);
    }
    expect(pids.size).toBeGreaterThan(1);
    expect(short.stats.crashes).toBe(0);
    await short.close();
  });
});

describe('the end', () => {
  test('drain: what was accepted ends, nothing new begins', async () => {
    const ending = await openPool();
    const running = Array.from({ length: 6 }, (_, i) =>
      block(ending, 'import time\ntime.sleep(0.02)\nreturn i', { i }),
    );
    const drained = ending.drain();
    expect(await failure(block(ending, 'return 1'))).toBeInstanceOf(PoolClosedError);
    await drained;
    expect(await Promise.all(running)).toEqual([0, 1, 2, 3, 4, 5]);
    await ending.close();
  });

  test('close: what runs or waits is ended, and no process is left', async () => {
    const ending = await openPool({ workers: 1 });
    const calls = [block(ending, 'import time\ntime.sleep(60)'), block(ending, 'return 1')].map(
      failure,
    );
    await sleep(50);
    const { pids } = ending;
    await Promise.all([ending.close(), ending.close()]);
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(PoolClosedError);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(await failure(block(ending, 'return 1'))).toBeInstanceOf(PoolClosedError);
  });
});
