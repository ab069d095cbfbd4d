import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { type CallbackRow, define, thrown } from './callbacks-table.ts';

const identity: readonly CallbackRow[] = [
  {
    name: 'what crossed comes back as itself',
    run(face) {
      const same = define(face, 'def same(x): return x');
      class Point {
        x = 1;
      }
      const values = [
        () => 1,
        Point,
        new Point(),
        new Error('e'),
        /x/,
        new URL('http://a.b'),
        Promise.resolve(1),
        [1][Symbol.iterator](),
        (async function* () {})(),
        new ReadableStream(),
      ];
      for (const value of values) expect(same(value)).toBe(value);
      const holder = { run: () => 1 };
      const attribute = define(face, 'def attribute(o): return o.run');
      expect(attribute(Object.assign(new Point(), holder))).toBe(holder.run);
    },
  },
  {
    name: 'inside of data too, in $toJS',
    run(face) {
      const listed = define(face, 'def listed(x): return [x, {"k": x}]');
      class Point {
        x = 1;
      }
      for (const value of [() => 1, new Point(), new Error('e')]) {
        const [first, { k }] = listed(value).$toJS();
        expect(first).toBe(value);
        expect(k).toBe(value);
      }
    },
  },
  {
    name: 'one object of JavaScript is one object of Python while it lives',
    run(face) {
      const both = define(face, 'def both(a, b): return a is b and hash(a) == hash(b) and a == b');
      const value = (): number => 1;
      class Point {
        x = 1;
      }
      const point = new Point();
      expect(both(value, value)).toBe(true);
      expect(both(point, point)).toBe(true);
      expect(both(point, new Point())).toBe(false);
    },
  },
];

const thrownThings: readonly CallbackRow[] = [
  {
    name: 'an error of JavaScript passes through Python and is the same object',
    run(face) {
      const apply = define(face, 'def apply(f): return f()');
      for (const value of [new Error('e'), new TypeError('t'), 5, null, undefined, 'x', { a: 1 }]) {
        const seen = thrown(() =>
          apply(() => {
            throw value as Error;
          }),
        );
        expect(seen).toBe(value);
      }
    },
  },
  {
    name: 'Python catches it as an Exception with its text and properties',
    run(face) {
      const catching = define(
        face,
        'def catching(f):\n  try: f()\n  except Exception as e:\n' +
          '    return [str(e), e.name, e.message, "at " in e.stack, e.code, type(e).__name__]',
      );
      const error = Object.assign(new RangeError('no'), { code: 'E1' });
      const fail = (): never => {
        throw error;
      };
      expect(catching(fail).$toJS()).toEqual([
        'RangeError: no',
        'RangeError',
        'no',
        true,
        'E1',
        'JsError',
      ]);
    },
  },
  {
    name: 'an Error that is passed can be raised, and is the cause of what is raised from it',
    run(face) {
      const raising = define(face, 'def raising(e): raise e');
      const from = define(face, 'def from_(e): raise ValueError("v") from e');
      const error = new Error('e');
      expect(thrown(() => raising(error))).toBe(error);
      const raised = thrown(() => from(error)) as Error;
      expect(raised).toBeInstanceOf(errors.ValueError);
      expect(raised.cause).toBe(error);
    },
  },
  {
    name: 'a Python exception that a callback rethrows is the same exception',
    run(face) {
      const rethrown = define(
        face,
        'def rethrown(f):\n  mine = KeyError("k")\n  def fail(): raise mine\n' +
          '  try: f(fail)\n  except KeyError as e: return e is mine',
      );
      expect(
        rethrown((fail: () => void) => {
          try {
            fail();
          } catch (error) {
            expect(error).toBeInstanceOf(errors.KeyError);
            throw error;
          }
        }),
      ).toBe(true);
    },
  },
  {
    name: 'StopIteration that a callback lets through ends the loop',
    run(face) {
      const loop = define(
        face,
        'def loop(f, nothing):\n  class I:\n    def __iter__(self): return self\n' +
          '    def __next__(self): return f(nothing)\n  return list(I())',
      );
      const next = face.import('builtins').next;
      const values = face.import('builtins').iter([1, 2]);
      expect(loop(() => next(values), null).$toJS()).toEqual([1, 2]);
    },
  },
  {
    name: 'what a callback gives that has no counterpart is an error with its path',
    run(face) {
      const apply = define(face, 'def apply(f): return f()');
      const error = thrown(() => apply(() => ({ a: [Symbol('s')] })));
      expect(error).toMatchObject({ code: 'ERR_CONVERSION', path: 'result.a[0]' });
    },
  },
];

const weak: readonly CallbackRow[] = [
  {
    name: 'py.weak() is called while its function lives, a ReferenceError afterwards',
    async run(face) {
      const apply = define(face, 'def apply(f): return f(2)');
      const make = (): unknown => face.weak((x: number) => x + 1);
      const kept = (x: number): number => x + 1;
      const alive = face.weak(kept);
      expect(apply(alive)).toBe(3);
      const dead = make();
      for (let i = 0; i < 20; i++) {
        globalThis.gc?.();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(thrown(() => apply(dead))).toBeInstanceOf(errors.ReferenceError);
      expect(apply(alive)).toBe(kept(2));
    },
  },
  {
    name: 'py.proxy() and py.weak() say what they take',
    run(face) {
      expect(thrown(() => face.proxy(5 as never))).toBeInstanceOf(TypeError);
      expect(thrown(() => face.weak({} as never))).toBeInstanceOf(TypeError);
    },
  },
];

/** What crosses and comes back, and what is thrown. */
export const identities: readonly CallbackRow[] = [...identity, ...thrownThings, ...weak];
