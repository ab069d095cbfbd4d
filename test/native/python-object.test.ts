import assert from 'node:assert/strict';
import { inspect } from 'node:util';

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

describe('what JavaScript asks', () => {
  test('a proxy is no thenable, and probes find nothing', async () => {
    expect(math.then).toBeUndefined();
    expect(await math).toBe(math);
    expect(math.$$typeof).toBeUndefined();
    expect(math.nodeType).toBeUndefined();
    expect(() => math.$nothing).toThrow(/no member/);
  });

  test('in is hasattr, keys are dir()', () => {
    expect('sqrt' in math).toBe(true);
    expect('nope' in math).toBe(false);
    expect(Reflect.ownKeys(math)).toContain('sqrt');
    expect(Reflect.ownKeys(np.arange(3))).toContain('sum');
    expect(Reflect.ownKeys(np.arange(3)).filter((key) => /^(\d|__)/.test(String(key)))).toEqual([]);
    expect(Object.keys(np.arange(3))).toEqual([]);
    expect({ ...math }).toEqual({});
  });

  test('inspecting and comparing touch no element and never throw', () => {
    const { Guard } = py.exec(
      'class Guard(list):\n  def __getitem__(self, i): raise RuntimeError("touched")\n' +
        '  def __iter__(self): raise RuntimeError("touched")',
      { out: ['Guard'] },
    );
    const guard = Guard([1, 2]);
    expect(inspect({ guard }, { showProxy: false })).toContain('Guard');
    expect(() => inspect(guard, { showHidden: true })).not.toThrow();
    expect(() => {
      assert.notDeepEqual(guard, Guard([1]));
    }).not.toThrow();
    expect(inspect(np.zeros([2, 3]))).toBe('<numpy.ndarray shape=(2, 3) dtype=float64>');
  });

  test('an object whose code throws at every turn harms no inspector', () => {
    const { Hostile, Named } = py.exec(
      'class Meta(type):\n  def __getattribute__(cls, name): raise RuntimeError(name)\n' +
        'class Hostile(metaclass=Meta):\n' +
        '  def __getattribute__(self, name): raise RuntimeError(name)\n' +
        '  def __repr__(self): raise SystemExit\n' +
        '  __str__ = __dir__ = __len__ = __iter__ = __getitem__ = __repr__\n' +
        'class Named:\n  @property\n  def name(self): raise ValueError("own")',
      { out: ['Hostile', 'Named'] },
    );
    const hostile = Hostile();
    for (const options of [{}, { showHidden: true }, { showProxy: true }, { depth: 0 }]) {
      expect(inspect({ hostile }, options)).toContain('Hostile');
    }
    expect(hostile.nodeType).toBeUndefined();
    expect(Object.keys(hostile)).toEqual([]);
    expect('x' in hostile).toBe(false);
    assert.notDeepEqual(hostile, {});
    expect(() => {
      expect(hostile).toEqual({ a: 1 });
    }).toThrow(/to deeply equal/);
    // What the type has is Python's, and its error is the user's.
    expect(() => Named().name as unknown).toThrow(errors.ValueError);
    expect(() => hostile.other as unknown).toThrow(errors.RuntimeError);
  });

  test('listing keys evaluates no property', () => {
    const { Loud } = py.exec(
      'class Loud:\n  seen = []\n  @property\n  def loud(self): self.seen.append(1)',
      { out: ['Loud'] },
    );
    const loud = Loud();
    expect(Reflect.ownKeys(loud)).toContain('loud');
    expect(Object.keys(loud)).toEqual([]);
    expect(Object.getOwnPropertyNames(loud)).toContain('loud');
    expect(py.len(Loud.seen)).toBe(0);
  });

  test('names with $ are nobody’s to set', () => {
    expect(() => (math.$at = 1)).toThrow(/\$at cannot be set/);
    expect(() => delete math.$at).toThrow(/\$at cannot be set or deleted/);
  });

  test('an exception is an instance of its class in Python', () => {
    expect(() => builtins.int('x')).toThrow(builtins.ValueError);
  });

  test('types work with new and instanceof', () => {
    const fraction = new (py.import('fractions').Fraction)(1, 2);
    expect(fraction instanceof py.import('fractions').Fraction).toBe(true);
    expect(fraction instanceof builtins.dict).toBe(false);
    expect(`${fraction}`).toBe('1/2');
    expect(Number(fraction)).toBe(0.5);
    expect(new builtins.int('7').real).toBe(7);
  });

  test('JSON is that of $toJS', () => {
    expect(JSON.stringify({ x: py.tuple(1, { a: null }) })).toBe('{"x":[1,{"a":null}]}');
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
