import { expect } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import { failure, type ProtocolFace, type ProtocolRow } from './protocol-face.ts';

const GENERATORS = `
log = []
def counting():
    try:
        got = yield 1
        while True:
            got = yield got
    except ValueError as error:
        log.append(f'caught {error}')
        yield 'after'
    finally:
        log.append('closed')
def raising():
    yield 1
    raise KeyError('midway')
def returning():
    yield 1
    return {'a': 2}
def endless():
    n = 0
    while True:
        yield n
        n += 1
class Counting:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n == 2: raise ValueError('only once')
        if self.n > 3: raise StopIteration
        return self.n
class Indexed:
    def __len__(self): return 3
    def __getitem__(self, i):
        if i >= 3: raise IndexError
        return i * 10
`;

const generators = (py: ProtocolFace): any =>
  py.exec(GENERATORS, {
    out: ['log', 'counting', 'raising', 'returning', 'endless', 'Counting', 'Indexed'],
  });

/** By the protocol that the placement has: synchronous here, asynchronous elsewhere. */
function iterate(iterable: any): any {
  return (iterable[Symbol.iterator] ?? iterable[Symbol.asyncIterator]).call(iterable);
}

async function all(iterable: any): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const value of iterable) seen.push(value);
  return seen;
}

/** Python's iteration, as JavaScript's. */
export const iteration: readonly ProtocolRow[] = [
  {
    name: 'whatever Python iterates over is iterable; a dict gives its keys',
    async run(py) {
      const { Indexed } = await generators(py);
      expect(await all(await py.builtins.dict(kw({ a: 1, b: 2 })))).toEqual(['a', 'b']);
      expect(await all(await py.builtins.range(3))).toEqual([0, 1, 2]);
      expect(await all(await py.tuple(1, 'x'))).toEqual([1, 'x']);
      expect(await all(await py.import('numpy').arange(3))).toEqual([0, 1, 2]);
      expect(await all(await py.builtins.zip([1, 2], [3, 4]))).toHaveLength(2);
      expect(await (await Indexed())[1]).toBe(10);
      expect(await all(await Indexed())).toEqual([0, 10, 20]);
    },
  },
  {
    name: 'next sends',
    async run(py) {
      const it = iterate(await (await generators(py)).counting());
      expect(await it.next()).toEqual({ done: false, value: 1 });
      expect(await it.next('sent')).toEqual({ done: false, value: 'sent' });
      expect(await it.next(null)).toEqual({ done: false, value: null });
    },
  },
  {
    name: 'the value of StopIteration is the last one',
    async run(py) {
      const it = iterate(await (await generators(py)).returning());
      await it.next();
      const { done, value } = await it.next();
      expect(done).toBe(true);
      expect(await value.$toJS()).toEqual({ a: 2 });
      expect(await it.next()).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: 'leaving a loop early runs finally at once, also of an endless generator',
    async run(py) {
      const { counting, endless, log } = await generators(py);
      for await (const value of await counting()) {
        expect(value).toBe(1);
        break;
      }
      expect(await log.$toJS()).toEqual(['closed']);
      const seen: unknown[] = [];
      for await (const value of await endless()) {
        if (value === 1000) break;
        seen.push(value);
      }
      expect(seen).toHaveLength(1000);
    },
  },
  {
    name: 'return closes, and answers with its value; then there is nothing more',
    async run(py) {
      const { counting, log } = await generators(py);
      const it = iterate(await counting());
      await it.next();
      expect(await it.return('x')).toEqual({ done: true, value: 'x' });
      expect(await log.$toJS()).toEqual(['closed']);
      expect(await it.next()).toEqual({ done: true, value: undefined });
      expect(await it.return('y')).toEqual({ done: true, value: 'y' });
      expect(await log.$toJS()).toEqual(['closed']);
    },
  },
  {
    name: 'throw throws into Python, which may answer, or let the same error out',
    async run(py) {
      const { counting, endless, log } = await generators(py);
      const it = iterate(await counting());
      await it.next();
      const bad = await failure(() => py.builtins.int('x'));
      expect(await it.throw(bad)).toEqual({ done: false, value: 'after' });
      expect((await it.next()).done).toBe(true);
      expect((await log.$toJS())[0]).toMatch(/^caught invalid literal/);
      const other = iterate(await endless());
      await other.next();
      expect(await failure(() => other.throw(bad))).toBeInstanceOf(errors.ValueError);
      expect(await other.next()).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: 'an error of JavaScript thrown through a generator comes out the same object',
    async run(py) {
      const { counting, log } = await generators(py);
      const it = iterate(await counting());
      await it.next();
      const error = new RangeError('mine');
      expect(await failure(() => it.throw(error))).toBe(error);
      expect(await log.$toJS()).toEqual(['closed']);
      const list = iterate(await py.builtins.list([1]));
      expect(await failure(() => list.throw(error))).toBe(error);
    },
  },
  {
    name: 'a generator that raises midway throws there, and is at its end',
    async run(py) {
      const seen: unknown[] = [];
      const it = iterate(await (await generators(py)).raising());
      const error = await failure(async () => {
        for (;;) {
          const { done, value } = await it.next();
          if (done) break;
          seen.push(value);
        }
      });
      expect(error).toBeInstanceOf(errors.KeyError);
      expect(seen).toEqual([1]);
      expect(await it.next()).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: 'an iterator that raises once goes on, as in Python',
    async run(py) {
      const it = iterate(await (await generators(py)).Counting());
      expect((await it.next()).value).toBe(1);
      expect(await failure(() => it.next())).toBeInstanceOf(errors.ValueError);
      expect((await it.next()).value).toBe(3);
      expect((await it.next()).done).toBe(true);
    },
  },
  {
    name: 'a dict that changes while it is iterated is a RuntimeError',
    async run(py) {
      const dict = await py.builtins.dict(kw({ a: 1, b: 2 }));
      const error = await failure(async () => {
        for await (const key of dict) await dict.$put(`${String(key)}!`, 1);
      });
      expect(error).toBeInstanceOf(errors.RuntimeError);
    },
  },
  {
    name: 'leaving the loop over a file does not close the file',
    async run(py) {
      const file = await py.import('io').StringIO('a\nb\n');
      for await (const line of file) {
        expect(line).toBe('a\n');
        break;
      }
      expect(await file.closed).toBe(false);
      expect(await file.readline()).toBe('b\n');
    },
  },
  {
    name: 'unpacks',
    async run(py) {
      const [a, b] = await all(await py.builtins.divmod(7, 2));
      expect([a, b]).toEqual([3, 1]);
    },
  },
];
