import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Agenda } from '../../../src/pool/agenda.ts';
import { Breakers } from '../../../src/pool/breaker.ts';
import { FairQueue } from '../../../src/pool/fair-queue.ts';
import { Quarantine } from '../../../src/pool/quarantine.ts';
import { RestartIntensity } from '../../../src/pool/restart-intensity.ts';
import { backoff, decideRetry, type FailedAttempt } from '../../../src/pool/retry.ts';
import { recycleReason } from '../../../src/pool/rotation.ts';

describe('agenda', () => {
  test('gives what is due, the earliest first, like a sorted list', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer(), (times, cut) => {
        const agenda = new Agenda<number>();
        for (const at of times) agenda.add(at, at);
        const due: number[] = [];
        for (let next = agenda.due(cut); next !== undefined; next = agenda.due(cut)) due.push(next);
        expect(due).toEqual(times.filter((at) => at <= cut).sort((a, b) => a - b));
        expect(agenda.next).toBe(Math.min(Infinity, ...times.filter((at) => at > cut)));
      }),
      { seed: 7 },
    );
  });
});

describe('the fair queue', () => {
  const queue = (...items: [id: number, tenant: string, worker?: number][]) => {
    const made = new FairQueue<{ id: number; tenant: string }>(100);
    for (const [id, tenant, worker] of items) made.add({ id, tenant }, worker ?? null, false);
    return made;
  };
  const drain = (from: FairQueue<{ id: number; tenant: string }>, worker: number) => {
    const ids: number[] = [];
    for (let one = from.take(worker); one !== undefined; one = from.take(worker)) ids.push(one.id);
    return ids;
  };

  test('a tenant with much to do does not hold up one with little', () => {
    const mixed = queue([1, 'a'], [2, 'a'], [3, 'a'], [4, 'b'], [5, 'c']);
    expect(drain(mixed, 1)).toEqual([1, 4, 5, 2, 3]);
  });

  test('what one worker must do takes turns with what any can, and waits for nobody else', () => {
    const mixed = queue([1, ''], [2, ''], [3, 's', 7], [4, 's', 7], [5, 't', 8]);
    expect(drain(mixed, 9)).toEqual([1, 2]);
    expect(drain(queue([1, ''], [2, ''], [3, 's', 7], [4, 's', 7]), 7)).toEqual([3, 1, 4, 2]);
    expect(mixed.size).toBe(3);
  });

  test('what comes back goes before the others of its tenant', () => {
    const some = queue([1, 'a'], [2, 'a']);
    some.add({ id: 3, tenant: 'a' }, null, true);
    expect(drain(some, 1)).toEqual([3, 1, 2]);
  });

  test('binding a tenant moves what it has waiting', () => {
    const some = queue([1, 'a'], [2, 'a'], [3, 'b']);
    expect(some.bind('a', 4).map(({ id }) => id)).toEqual([1, 2]);
    expect(drain(some, 5)).toEqual([3]);
    expect(some.orphan(4).map(({ id }) => id)).toEqual([1, 2]);
    expect(some.size).toBe(0);
  });

  test('removing is exact, and its size is what is in it', () => {
    const some = queue([1, 'a'], [2, 'a'], [3, 'b', 1]);
    expect([some.remove(2), some.remove(2), some.remove(9)]).toEqual([true, false, false]);
    expect(some.size).toBe(2);
    expect(some.clear()).toHaveLength(2);
    expect(some.take(1)).toBeUndefined();
  });
});

describe('breakers', () => {
  const fail = (breakers: Breakers, times: number, now = 0) => {
    for (let i = 0; i < times; i++) breakers.leave('f', 'failed', now);
  };

  test('open after so many failures in a row, and only then', () => {
    const breakers = new Breakers({ failures: 3, cooldown: 100 });
    fail(breakers, 2);
    breakers.leave('f', 'worked', 0);
    fail(breakers, 2);
    expect(breakers.refusedFor('f', 0)).toBe(0);
    expect(breakers.leave('f', 'failed', 0)).toBe('opened');
    expect(breakers.refusedFor('f', 30)).toBe(70);
    expect(breakers.refusedFor('g', 30)).toBe(0);
    expect(breakers.open).toEqual(['f']);
  });

  test('let one call through to see, and follow its verdict', () => {
    const breakers = new Breakers({ failures: 1, cooldown: 100 });
    fail(breakers, 1);
    expect(breakers.refusedFor('f', 100)).toBe(0);
    breakers.enter('f', 100);
    expect(breakers.refusedFor('f', 101)).toBeGreaterThan(0);
    breakers.leave('f', 'failed', 110);
    expect(breakers.refusedFor('f', 200)).toBe(10);
    breakers.enter('f', 210);
    expect(breakers.leave('f', 'worked', 220)).toBe('closed');
    expect(breakers.refusedFor('f', 220)).toBe(0);
  });

  test('a probe that was cancelled leaves the place to the next', () => {
    const breakers = new Breakers({ failures: 1, cooldown: 100 });
    fail(breakers, 1);
    breakers.enter('f', 100);
    breakers.leave('f', 'unknown', 120);
    expect(breakers.refusedFor('f', 120)).toBe(0);
  });
});

test('quarantine: what is long ago is not remembered', () => {
  const quarantine = new Quarantine({ kills: 2, forMs: 100 });
  for (let i = 0; i < 1000; i++) quarantine.killed(`call ${String(i)}`, i);
  expect(quarantine.size).toBe(100);
  expect(quarantine.killed('call 950', 1000)).toBe(true);
});

test('quarantine: so many kills within a time, forgotten when it worked', () => {
  const quarantine = new Quarantine({ kills: 2, forMs: 100 });
  expect(quarantine.killed('x', 0)).toBe(false);
  expect(quarantine.killed('x', 150)).toBe(false);
  expect(quarantine.killed('x', 200)).toBe(true);
  expect(quarantine.refusedFor('x', 210)).toBe(40);
  expect(quarantine.refusedFor('y', 210)).toBe(0);
  expect(quarantine.refusedFor('x', 260)).toBe(0);
  quarantine.killed('x', 270);
  quarantine.worked('x');
  expect(quarantine.killed('x', 271)).toBe(false);
});

test('quarantine: while it remembers no call, nobody has to make a fingerprint', () => {
  const quarantine = new Quarantine({ kills: 2, forMs: 100 });
  expect(quarantine.watches(0)).toBe(false);
  quarantine.killed('x', 0);
  quarantine.killed('y', 50);
  quarantine.killed('x', 60);
  expect(quarantine.watches(155)).toBe(true);
  expect(quarantine.refusedFor('x', 155)).toBe(0);
  expect(quarantine.watches(160)).toBe(false);
  quarantine.killed('z', 200);
  quarantine.worked('z');
  expect(quarantine.watches(201)).toBe(false);
});

test('restart intensity: pauses grow, and the limit is within its time', () => {
  const intensity = new RestartIntensity({ restarts: 3, withinMs: 1000 });
  expect([0, 10, 20].map((now) => intensity.failed(now))).toEqual([50, 100, 200]);
  expect(intensity.exhaustedFor(20)).toBe(980);
  expect(intensity.exhaustedFor(1000)).toBe(0);
  intensity.started();
  expect(intensity.failed(5000)).toBe(50);
  const unlimited = new RestartIntensity(false);
  for (let i = 0; i < 100; i++) unlimited.failed(0);
  expect(unlimited.exhaustedFor(0)).toBe(0);
});

describe('retry', () => {
  const attempt: FailedAttempt = { idempotent: true, attempts: 1, executed: 'yes', mro: null };
  const twice = { attempts: 2, on: ['OSError', 'x.Y'] };
  test.each([
    ['had not begun, not idempotent', { executed: 'no', idempotent: false }, 'again'],
    ['had not begun, many attempts', { executed: 'no', attempts: 9 }, 'again'],
    ['begun, idempotent', {}, 'later'],
    ['begun, not idempotent', { idempotent: false }, 'no'],
    ['may have begun, not idempotent', { executed: 'maybe', idempotent: false }, 'no'],
    ['begun, attempts used up', { attempts: 2 }, 'no'],
    ['exception, listed by a base', { mro: ['FileNotFoundError', 'OSError'] }, 'later'],
    ['exception, listed with builtins', { mro: ['builtins.OSError'] }, 'later'],
    ['exception of a module, listed', { mro: ['x.Y'] }, 'later'],
    ['exception, not listed', { mro: ['ValueError'] }, 'no'],
    ['exception, listed, not idempotent', { mro: ['OSError'], idempotent: false }, 'no'],
  ] as const)('%s', (_, changes, decision) => {
    expect(decideRetry({ ...attempt, ...changes }, twice)).toBe(decision);
  });

  test('pauses double, are spread, and have an end', () => {
    expect([1, 2, 3].map((n) => backoff(n, 0))).toEqual([5, 10, 20]);
    expect(backoff(1, 0.999)).toBeLessThan(10);
    expect(backoff(50, 0.999)).toBeLessThan(2000);
  });
});

test('recycling: each limit by itself, and times spread over a tenth', () => {
  const none = { ageMs: null, calls: null, idleMs: null, rssMB: null };
  const age = { ageMs: 1000, calls: 10, idleMs: 500, rssMB: 300 };
  expect(recycleReason(age, none, 0)).toBeNull();
  expect(recycleReason(age, { ...none, ageMs: 1000 }, 0)).toBe('age');
  expect(recycleReason(age, { ...none, ageMs: 1050 }, 0.9)).toBe('age');
  expect(recycleReason(age, { ...none, ageMs: 1200 }, 0.9)).toBeNull();
  expect(recycleReason(age, { ...none, calls: 10 }, 0)).toBe('calls');
  expect(recycleReason(age, { ...none, idleMs: 500 }, 0)).toBe('idle');
  expect(recycleReason({ ...age, calls: 0 }, { ...none, idleMs: 500 }, 0)).toBeNull();
  expect(recycleReason(age, { ...none, rssMB: 299 }, 0)).toBe('memory');
  expect(recycleReason({ ...age, rssMB: null }, { ...none, rssMB: 299 }, 0)).toBeNull();
});
