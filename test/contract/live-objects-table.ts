import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { type CallbackRow, define, thrown } from './callbacks-table.ts';

class Point {
  x = 1;
  get twice(): number {
    return this.x * 2;
  }
  plus(by: number): number {
    return this.x + by;
  }
}

class Bag {
  closed = 0;
  *[Symbol.iterator](): Generator<number> {
    try {
      yield 1;
      yield 2;
      yield 3;
    } finally {
      this.closed += 1;
    }
  }
}

const objects: readonly CallbackRow[] = [
  {
    name: 'an instance of a class is live: attributes, items, methods, dir, repr',
    run(face) {
      const use = define(
        face,
        'def use(p):\n  p.x = 5\n  p["y"] = 6\n' +
          '  r = [p.twice, p.plus(1), p["x"], p.y, "x" in p, "z" in p, bool(p), repr(p),\n' +
          '       "plus" in dir(p), getattr(p, "none", 7)]\n  del p.y\n  return r',
      );
      const point = new Point() as Point & { y?: number };
      expect(use(point).$toJS()).toEqual([
        ...[10, 6, 5, 6, true, false, true],
        ...['<JavaScript Point { x: 5, y: 6 }>', true, 7],
      ]);
      expect(Object.keys(point)).toEqual(['x']);
    },
  },
  {
    name: 'what is missing is AttributeError or KeyError',
    run(face) {
      const attribute = define(face, 'def attribute(p): return p.none');
      const key = define(face, 'def key(p): return p["none"]');
      expect(thrown(() => attribute(new Point()))).toBeInstanceOf(errors.AttributeError);
      expect(thrown(() => key(new Point()))).toBeInstanceOf(errors.KeyError);
      expect(thrown(() => key(face.proxy({})))).toBeInstanceOf(errors.KeyError);
    },
  },
  {
    name: 'a getter that throws throws through Python',
    run(face) {
      const error = new Error('getter');
      const value = Object.create(Point.prototype, {
        bad: {
          get() {
            throw error;
          },
        },
      }) as object;
      expect(thrown(() => define(face, 'def bad(p): return p.bad')(value))).toBe(error);
    },
  },
  {
    name: 'py.proxy() shares an array: items, slices, len, in, iteration, methods',
    run(face) {
      const use = define(
        face,
        'def use(a):\n  a[0] = 10\n  a.push(4)\n  del a[1]\n' +
          '  return [list(a), a[-1], a[1:], len(a), 10 in a, 2 in a, [x for x in a]]',
      );
      const shared = [1, 2, 3];
      expect(use(face.proxy(shared)).$toJS()).toEqual([
        [10, 3, 4],
        4,
        [3, 4],
        3,
        true,
        false,
        [10, 3, 4],
      ]);
      expect(shared).toEqual([10, 3, 4]);
      const beyond = define(face, 'def beyond(a): return a[5]');
      expect(thrown(() => beyond(face.proxy(shared)))).toBeInstanceOf(errors.IndexError);
      expect(define(face, 'def same(a): return a')(face.proxy(shared))).toBe(shared);
    },
  },
  {
    name: 'py.proxy() shares a Map and a plain object as what they are',
    run(face) {
      const use = define(
        face,
        'def use(m):\n  m["b"] = 2\n  return [len(m), "a" in m, m["a"], list(m), bool(m)]',
      );
      const map = new Map([['a', 1]]);
      const object: Record<string, number> = { a: 1 };
      for (const shared of [map, object]) {
        expect(use(face.proxy(shared)).$toJS()).toEqual([2, true, 1, ['a', 'b'], true]);
      }
      expect(map.get('b')).toBe(2);
      expect(object['b']).toBe(2);
    },
  },
];

const iterators: readonly CallbackRow[] = [
  {
    name: 'a generator is a lazy iterator, with send, throw, close and its return value',
    run(face) {
      const seen: unknown[] = [];
      function* generate(): Generator<number, string, unknown> {
        try {
          seen.push(yield 1);
          try {
            yield 2;
          } catch (error) {
            seen.push(error);
          }
          return 'end';
        } finally {
          seen.push('finally');
        }
      }
      const drive = define(
        face,
        'def drive(g):\n  r = [next(g), g.send("s")]\n  try: g.throw(ValueError("v"))\n' +
          '  except StopIteration as stop: r.append(stop.value)\n  return r + list(g)',
      );
      expect(drive(generate()).$toJS()).toEqual([1, 2, 'end']);
      expect(seen[0]).toBe('s');
      expect(seen[1]).toBeInstanceOf(errors.ValueError);
      expect(seen[2]).toBe('finally');
    },
  },
  {
    name: 'close() runs finally; an iterator that JavaScript passed is left to it otherwise',
    run(face) {
      const close = define(face, 'def close(g):\n  next(g)\n  g.close()\n  return list(g)');
      const first = define(face, 'def first(g): return next(g)');
      const bag = new Bag();
      expect(close(bag[Symbol.iterator]()).$toJS()).toEqual([]);
      expect(bag.closed).toBe(1);
      const shared = bag[Symbol.iterator]();
      expect([first(shared), first(shared), first(shared)]).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'an iterable is iterated anew each time, and a loop that ends early closes it',
    run(face) {
      const twice = define(face, 'def twice(b): return [list(b), sum(b)]');
      const early = define(face, 'def early(b):\n  for x in b: break\n  return x');
      const bag = new Bag();
      expect(twice(bag).$toJS()).toEqual([[1, 2, 3], 6]);
      expect(bag.closed).toBe(2);
      expect(early(bag)).toBe(1);
      expect(bag.closed).toBe(3);
    },
  },
  {
    name: 'an object literal with Symbol.iterator is an iterator too',
    run(face) {
      let count = 0;
      const literal = {
        next: () => ({ done: (count += 1) > 3, value: count }),
        [Symbol.iterator]() {
          return this;
        },
      };
      expect(face.import('builtins').list(literal).$toJS()).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'an error inside of a generator comes out as it is',
    run(face) {
      const error = new Error('midway');
      function* generate(): Generator<number> {
        yield 1;
        throw error;
      }
      expect(thrown(() => face.import('builtins').list(generate()))).toBe(error);
    },
  },
];

const promises: readonly CallbackRow[] = [
  {
    name: 'a settled promise is awaited in Python, a pending one is a clear error',
    async run(face) {
      const drive = define(
        face,
        'def drive(p):\n  async def wait(): return await p\n  c = wait()\n' +
          '  try: c.send(None)\n  except StopIteration as stop: return stop.value',
      );
      const keep = define(face, 'def keep(p): return p');
      const value = Promise.resolve(5);
      const rejected = Promise.reject(new Error('no'));
      const pending = new Promise(() => undefined);
      expect(keep(rejected)).toBe(rejected);
      keep(value);
      await Promise.resolve();
      expect(drive(value)).toBe(5);
      expect(thrown(() => drive(rejected))).toMatchObject({ message: 'no' });
      expect(String(thrown(() => drive(pending)))).toMatch(/ERR_DEADLOCK.*pending/s);
    },
  },
  {
    name: 'an async function gives an awaitable, an async generator an async iterator',
    run(face) {
      const kinds = define(
        face,
        'def kinds(f, g):\n  from collections.abc import Awaitable, AsyncIterable\n' +
          '  return [isinstance(f(), Awaitable), isinstance(g, AsyncIterable)]',
      );
      const generate = async function* (): AsyncGenerator<number> {
        yield await Promise.resolve(1);
      };
      expect(kinds(async () => Promise.resolve(1), generate()).$toJS()).toEqual([true, true]);
    },
  },
];

/** Objects, iterators and promises of JavaScript, live in Python. */
export const liveObjects: readonly CallbackRow[] = [...objects, ...iterators, ...promises];
