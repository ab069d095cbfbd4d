import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { type Face, failure, type RemoteRow } from './support/remote.ts';

const SOURCE = `
import asyncio

async def later(value, seconds=0.001):
    await asyncio.sleep(seconds)
    return value

async def fail():
    await asyncio.sleep(0)
    raise KeyError("gone")

log = []

async def count(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            got = yield i
            if got is not None:
                log.append(got)
    finally:
        log.append("closed")

class Manager:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return 5

    async def __aexit__(self, kind, error, trace):
        await asyncio.sleep(0)
        log.append(kind.__name__ if kind else "left")
        return kind is not None
`;

async function define(face: Face): Promise<any> {
  return await face.exec(SOURCE, { out: ['later', 'fail', 'count', 'Manager', 'log'] });
}

/** Coroutines, async generators and async context managers, wherever Python can wait for them. */
export const coroutinesTable: readonly RemoteRow[] = [
  {
    name: 'the value of a coroutine is what its call gives',
    async run(face) {
      const { later } = await define(face);
      expect(await later(7)).toBe(7);
      expect(await (await later([1, 2])).$toJS()).toEqual([1, 2]);
      expect(await face`await ${later}(3) + 1`).toBe(4);
    },
  },
  {
    name: 'what a coroutine raises is the error of its call',
    async run(face) {
      const { fail } = await define(face);
      const error = await failure(() => fail());
      expect(error).toBeInstanceOf(errors.KeyError);
      expect(error.frames.at(-1).function).toBe('fail');
    },
  },
  {
    name: 'an async generator is iterated, and closed where the loop is left',
    async run(face) {
      const { count, log } = await define(face);
      const seen: unknown[] = [];
      for await (const i of count(10)) {
        seen.push(i);
        if (i === 2) break;
      }
      expect(seen).toEqual([0, 1, 2]);
      expect(await log.$toJS()).toEqual(['closed']);
      const rest: unknown[] = [];
      for await (const i of count(3)) rest.push(i);
      expect(rest).toEqual([0, 1, 2]);
    },
  },
  {
    name: 'values are sent into an async generator',
    async run(face) {
      const { count, log } = await define(face);
      const steps = count(3)[Symbol.asyncIterator]();
      expect(await steps.next()).toEqual({ done: false, value: 0 });
      expect(await steps.next('a')).toEqual({ done: false, value: 1 });
      await steps.return();
      expect(await log.$toJS()).toEqual(['a', 'closed']);
    },
  },
  {
    name: 'an async context manager is entered and left, and may swallow an error',
    async run(face) {
      const { Manager, log } = await define(face);
      expect(await face.with(Manager(), (value: number) => value + 1)).toBe(6);
      await face.with(Manager(), () => {
        throw new Error('inside');
      });
      const [left, swallowed] = await log.$toJS();
      expect(left).toBe('left');
      expect(swallowed).toMatch(/Error/);
    },
  },
];

/** What needs a loop that runs on while other calls do. */
export const concurrentTable: readonly RemoteRow[] = [
  {
    name: 'coroutines wait together',
    async run(face) {
      const { later } = await define(face);
      const numbers = Array.from({ length: 200 }, (_none, i) => i);
      const begun = performance.now();
      expect(await Promise.all(numbers.map((i) => later(i, 0.2)))).toEqual(numbers);
      // In turn they would take 40 s.
      expect(performance.now() - begun).toBeLessThan(10_000);
    },
  },
  {
    name: 'a chain goes on with the value of a coroutine',
    async run(face) {
      const { later } = await define(face);
      expect(await later('abc').upper().startswith('AB')).toBe(true);
      const two = later(2);
      expect(await face.builtins.sum([two, later(3)])).toBe(5);
      expect(await failure(() => later('abc').nothing())).toBeInstanceOf(errors.AttributeError);
    },
  },
  {
    name: 'a Future is awaited, and stays one where it is used',
    async run(face) {
      const { pool } = await face.exec(
        'from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)',
        { out: ['pool'] },
      );
      const { pow } = face.builtins;
      expect(await pool.submit(await pow, 2, 5)).toBe(32);
      expect(await pool.submit(await pow, 2, 6).result()).toBe(64);
      expect(
        await pool
          .submit(await face.builtins.int, 'x')
          .exception()
          .args.$toJS(),
      ).toHaveLength(1);
      await pool.shutdown();
    },
  },
];
