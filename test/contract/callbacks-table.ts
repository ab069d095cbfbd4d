import { expect } from 'vitest';

import { isKw, kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import type { Row } from './table.ts';

/** What a callback's rows need beside `import`: Python code that takes JavaScript's functions. */
export interface CallbackFace {
  import(name: string): any;
  exec(code: string, options: { out: readonly string[] }): any;
  proxy(value: object): any;
  weak(callback: (...args: never) => unknown): any;
}

export interface CallbackRow extends Omit<Row, 'run'> {
  run(face: CallbackFace): void | Promise<void>;
}

/** One Python function, by its source. */
export const define = (face: CallbackFace, source: string): any => {
  const name = /def (\w+)/.exec(source)?.[1] ?? '';
  return face.exec(source, { out: [name] })[name];
};

/** What `run` throws. */
export function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** JavaScript's functions, called by Python. */
export const callbacks: readonly CallbackRow[] = [
  {
    name: 'a function is called, its arguments and result converted',
    run(face) {
      const apply = define(face, 'def apply(f, *a): return f(*a)');
      expect(apply((a: number, b: string) => `${String(a)}${b}`, 1, 'x')).toBe('1x');
      expect(apply(() => [1, { a: null }]).$toJS()).toEqual([1, { a: null }]);
      expect(apply(() => undefined)).toBe(null);
      expect(apply((...all: unknown[]) => all.length, ...Array(20).keys())).toBe(20);
    },
  },
  {
    name: 'keywords arrive as one branded object in last place',
    run(face) {
      const apply = define(face, 'def apply(f): return f(1, b=2, __proto__=3)');
      const seen: unknown[] = [];
      apply((...all: unknown[]) => void seen.push(...all));
      expect(seen).toHaveLength(2);
      expect(isKw(seen[1])).toBe(true);
      const { values } = seen[1] as { values: object };
      expect(Object.entries(values)).toEqual([
        ['b', 2],
        ['__proto__', 3],
      ]);
    },
  },
  {
    name: '`this` is undefined, and the object in a call of its method',
    run(face) {
      const plain = define(face, 'def plain(f): return f()');
      const method = define(face, 'def method(o): return o.add(1)');
      const seen: unknown[] = [];
      plain(function (this: unknown) {
        seen.push(this);
      });
      expect(seen).toEqual([undefined]);
      class Counter {
        count = 4;
        add(by: number): number {
          return this.count + by;
        }
      }
      expect(method(new Counter())).toBe(5);
    },
  },
  {
    name: 'a class is called with new, a plain function is not',
    run(face) {
      const make = define(face, 'def make(C, *a): return C(*a)');
      class Point {
        readonly x: number;
        constructor(x: number) {
          this.x = x;
        }
      }
      expect(make(Point, 3)).toBeInstanceOf(Point);
      expect(make(String, 3)).toBe('3');
    },
  },
  {
    name: 'is a sort key, a map, a reduction, a decorator',
    run(face) {
      const builtins = face.import('builtins');
      expect(builtins.sorted([3, 1, 2], kw({ key: (x: number) => -x })).$toJS()).toEqual([3, 2, 1]);
      expect(builtins.list(builtins.map((x: number) => x * 2, [1, 2])).$toJS()).toEqual([2, 4]);
      const { reduce } = face.import('functools');
      expect(reduce((a: number, b: number) => a + b, [1, 2, 3])).toBe(6);
      const decorated = define(
        face,
        'def decorated(deco):\n  @deco\n  def f(x): return x + 1\n  return f(1)',
      );
      expect(decorated((f: (x: number) => number) => (x: number) => f(x) * 10)).toBe(20);
    },
  },
  {
    name: 'works in np.vectorize and np.frompyfunc',
    run(face) {
      const np = face.import('numpy');
      const square = (x: number): number => x * x;
      expect([...np.vectorize(square)([1, 2, 3]).$toJS()]).toEqual([1n, 4n, 9n]);
      const ufunc = np.frompyfunc((a: number, b: number) => a + b, 2, 1);
      expect(ufunc.reduce(np.array([1, 2, 3], kw({ dtype: 'O' })))).toBe(6);
    },
  },
  {
    name: 'has a name and a signature, and takes those of functools.wraps',
    run(face) {
      const named = (a: number, b = 2, ...rest: number[]): number => a + b + rest.length;
      const { signature } = face.import('inspect');
      expect(String(signature(named))).toBe('(a, b=Ellipsis, /, *rest)');
      const name = define(face, 'def name(f): return [f.__name__, f.__doc__, callable(f)]');
      expect(name(named).$toJS()).toEqual(['named', null, true]);
      const wrap = define(
        face,
        'def wrap(f):\n  import functools\n  def inner(x):\n    "doc"\n' +
          '  w = functools.wraps(inner)(f)\n  return [w.__name__, w.__doc__, w.__wrapped__ is inner]',
      );
      expect(wrap(() => 1).$toJS()).toEqual(['inner', 'doc', true]);
    },
  },
  {
    name: 'as an attribute of a Python class it is a method',
    run(face) {
      const run = define(face, 'def run(f):\n  class A:\n    x = 5\n    m = f\n  return A().m(2)');
      expect(run((self: { x: number }, y: number) => self.x + y)).toBe(7);
    },
  },
  {
    name: 'calls back into Python, which calls back again',
    run(face) {
      const down = define(face, 'def down(f, n): return f(n)');
      const step = (n: number): number => (n === 0 ? 0 : 1 + (down(step, n - 1) as number));
      expect(down(step, 50)).toBe(50);
    },
  },
  {
    name: 'a thousand levels end in a RecursionError, and everything works afterwards',
    run(face) {
      const down = define(face, 'def down(f, n): return f(n)');
      const step = (n: number): number => (n === 0 ? 0 : 1 + (down(step, n - 1) as number));
      for (let i = 0; i < 3; i++) {
        expect(thrown(() => down(step, 100_000))).toBeInstanceOf(errors.RecursionError);
      }
      expect(down(step, 50)).toBe(50);
    },
  },
  {
    name: 'on another Python thread it runs while this one computes',
    run(face) {
      const elsewhere = define(
        face,
        'def elsewhere(f):\n  import threading\n  seen = []\n' +
          '  threading.Thread(target=lambda: seen.append(f())).start()\n' +
          '  while not seen: pass\n  return seen[0]',
      );
      expect(elsewhere(() => 7)).toBe(7);
    },
  },
];
