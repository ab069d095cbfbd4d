import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { EventName } from '../../src/contract/events.ts';
import { events } from '../../src/events/events.ts';
import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure, openPool } from './support/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'snakepit-'));
let pool: PoolExecutor;
const seen: { name: string; event: any }[] = [];
const names: readonly EventName[] = [
  'call.start',
  'call.end',
  'call.error',
  'retry',
  'worker.spawn',
  'worker.ready',
  'worker.taint',
  'worker.exit',
  'breaker',
  'queue.full',
];
const listening = names.map((name) => events.on(name, (event) => seen.push({ name, event })));
const of = (name: EventName): any[] =>
  seen.filter((one) => one.name === name).map(({ event }) => event);

beforeAll(async () => {
  pool = await openPool({
    workers: 1,
    spares: 0,
    queue: 1,
    breaker: { failures: 2, cooldown: 60_000 },
  });
});
afterAll(async () => {
  await pool.close();
  for (const one of listening) one[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

test('a call: its start and its end, or its error', async () => {
  seen.length = 0;
  await block(pool, 'return 1');
  const error = await failure(block(pool, 'raise KeyError("k")'));
  expect(seen.map(({ name }) => name)).toEqual([
    'call.start',
    'call.end',
    'call.start',
    'call.error',
  ]);
  const [start] = of('call.start');
  expect(start).toMatchObject({ name: 'py`…`', attempt: 0 });
  expect(of('call.end')).toEqual([{ call: start.call, name: start.name, worker: start.worker }]);
  expect(of('call.error')[0].error).toBe(error);
});

test('a crash: taint and end of its worker, another attempt, its replacement', async () => {
  seen.length = 0;
  const source = 'import ctypes\nreturn ctypes.string_at(0)';
  const error = await failure(block(pool, source, {}, { idempotent: true }));
  const [first, second] = error.attempts;
  expect(of('call.start').map(({ worker, attempt }) => [worker, attempt])).toEqual([
    [first.worker, 0],
    [second.worker, 1],
  ]);
  expect(of('retry')).toMatchObject([{ executed: true, attempt: 1 }]);
  expect(of('worker.taint')).toEqual([
    { worker: first.worker, reason: 'signal' },
    { worker: second.worker, reason: 'signal' },
  ]);
  const exits = of('worker.exit');
  expect(exits).toHaveLength(2);
  for (const exit of exits) {
    expect(exit).toMatchObject({ reason: 'signal', signal: 'SIGSEGV', exitCode: null });
    expect(exit.pid).toBeGreaterThan(0);
    expect(exit.pythonStack.some((frame: any) => frame.function === 'string_at')).toBe(true);
  }
  expect(await block(pool, 'return 2')).toBe(2);
  expect(of('worker.spawn').length).toBeGreaterThanOrEqual(1);
});

test('a hang: the taint comes before the end', async () => {
  seen.length = 0;
  await failure(block(pool, 'return sum(range(10**15))', {}, { timeout: 100 }));
  const told = seen.filter(({ name }) => name === 'worker.taint' || name === 'worker.exit');
  expect(told.map(({ name, event }) => [name, event.reason])).toEqual([
    ['worker.taint', 'hang'],
    ['worker.exit', 'hang'],
  ]);
});

test('refusals', async () => {
  await block(pool, 'return 1');
  seen.length = 0;
  const many = Array.from({ length: 3 }, () => block(pool, 'import time\ntime.sleep(0.05)'));
  await Promise.allSettled(many);
  expect(of('queue.full')).toMatchObject([{ name: 'py`…`' }]);
  for (let i = 0; i < 2; i++) await failure(block(pool, 'import os\nos.abort()'));
  expect(of('breaker')).toEqual([{ key: 'py`…`', state: 'opened' }]);
});

test('a worker that was asked to leave is no crash', async () => {
  const other = await openPool({ workers: 1, spares: 0 });
  const path = join(folder, 'exit');
  await block(other, 'import atexit, pathlib\natexit.register(pathlib.Path(path).touch)', { path });
  seen.length = 0;
  await other.close();
  expect(existsSync(path)).toBe(true);
  expect(of('worker.exit')).toMatchObject([{ reason: 'leave', exitCode: 0 }]);
  expect(of('worker.taint')).toEqual([]);
});
