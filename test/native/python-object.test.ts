import { describe, expect, test } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { DisposedError } from '../../src/errors/errors.ts';
import { kw } from '../../src/contract/kw.ts';
import { py } from './open.ts';

const np = py.import('numpy');
const math = py.import('math');
const builtins = py.import('builtins');

describe('identity', () => {
  test('the same object gives the same proxy', () => {
    expect(py.import('math')).toBe(math);
    expect(math.sqrt).toBe(math.sqrt);
    const list = builtins.list([1]);
    expect(builtins.dict(kw({ a: list })).$at('a')).toBe(list);
  });

  test('an exception goes back as the same object', () => {
    const box = py.exec('box = []\ne = ValueError("x")\ndef f(): raise e', {
      out: ['e', 'f', 'box'],
    });
    let caught: unknown;
    try {
      box.f();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(errors.ValueError);
    expect(py.is(caught, box.e)).toBe(true);
  });
});

describe('items', () => {
  const a = np.arange(12).reshape([3, 4]);

  test('digit keys on sequences, undefined out of range', () => {
    expect(a[0][1]).toBe(1);
    expect(a[-1][-1]).toBe(11);
    expect(a[7]).toBeUndefined();
    expect(builtins.list(['x'])[0]).toBe('x');
    expect(() => a.$at(7)).toThrow(errors.IndexError);
  });

  test('slice grammar on arrays, keys elsewhere', () => {
    expect(a.$at('1:3, ::2').shape.$toJS()).toEqual([2, 2]);
    expect(a.$at('None, ...').shape.$toJS()).toEqual([1, 3, 4]);
    expect(a.$at(1, '1:').shape.$toJS()).toEqual([3]);
    expect(a.$at(py.slice(0, 2)).shape.$toJS()).toEqual([2, 4]);
    expect(builtins.dict(kw({ '1:3': 5 })).$at('1:3')).toBe(5);
  });

  test('$put and $del', () => {
    const x = np.zeros([2, 2]);
    x.$put(0, 1, 5);
    x[1] = [7, 8];
    expect(x.tolist().$toJS()).toEqual([
      [0, 5],
      [7, 8],
    ]);
    const dict = builtins.dict(kw({ a: 1 }));
    dict.$del('a');
    expect(py.len(dict)).toBe(0);
  });
});

describe('iteration', () => {
  test('next sends, the return value is the last one', () => {
    const { g } = py.exec('def gen():\n  x = yield 1\n  yield x\n  return 7\ng = gen()', {
      out: ['g'],
    });
    const it = g[Symbol.iterator]();
    expect(it.next()).toEqual({ done: false, value: 1 });
    expect(it.next('s')).toEqual({ done: false, value: 's' });
    expect(it.next()).toEqual({ done: true, value: 7 });
    expect(it.next()).toEqual({ done: true, value: undefined });
  });

  test('leaving early closes the generator', () => {
    const { gen, log } = py.exec(
      'log = []\ndef gen():\n  try:\n    yield 1\n    yield 2\n  finally: log.append("closed")',
      { out: ['gen', 'log'] },
    );
    for (const value of gen()) {
      expect(value).toBe(1);
      break;
    }
    expect(log.$toJS()).toEqual(['closed']);
  });
});

describe('release', () => {
  test('a disposed proxy says so, and its number never means another object', () => {
    const gone = builtins.list([1]);
    gone.$dispose();
    const next = builtins.list([2]);
    expect(() => gone.append(1)).toThrow(DisposedError);
    expect(next[0]).toBe(2);
    gone.$dispose();
  });

  test('scope frees what was born inside, but what is returned', () => {
    let inner: any;
    const kept = py.scope(() => {
      inner = np.arange(3);
      return { a: [np.arange(4)] };
    });
    expect(() => inner.sum()).toThrow(DisposedError);
    expect(kept.a[0]?.sum()).toBe(6);
    expect(() => py.scope(() => Promise.resolve())).toThrow(/synchronous/);
    expect(() => py.scope(5 as never)).toThrow(/py\.scope\(body\) takes a function; got 5/);
  });

  test('a scope that keeps as much as it frees takes time in proportion', () => {
    const millisecondsFor = (count: number): number => {
      const started = performance.now();
      const kept = py.scope(() =>
        Array.from({ length: count }, () => [builtins.list(), builtins.list()][0]),
      );
      expect(py.len(kept.at(-1))).toBe(0);
      return performance.now() - started;
    };
    millisecondsFor(1000);
    // Quadratic, this is minutes; the limit of the test is the assertion.
    millisecondsFor(200_000);
  });

  test('scopes nest: what leaves the inner one dies with the outer one', () => {
    let middle: any;
    const outer = py.scope(() => {
      middle = py.scope(() => builtins.list([1]));
      expect(middle[0]).toBe(1);
      return builtins.list([2]);
    });
    expect(outer[0]).toBe(2);
    expect(() => middle[0]).toThrow(DisposedError);
  });

  test('an error thrown through a scope keeps its frames', () => {
    let caught: any;
    try {
      py.scope(() => np.linalg.inv(np.zeros([2, 2])));
    } catch (error) {
      caught = error;
    }
    expect(caught.frames.length).toBeGreaterThan(0);
    expect(caught.args).toEqual(['Singular matrix']);
  });
});
