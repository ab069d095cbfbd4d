import { expect } from 'vitest';

import { errors, type PythonError } from '../../src/errors/python-errors.ts';
import { type CallbackFace, type CallbackRow, define, thrown } from './callbacks-table.ts';

const functionsOf = (error: unknown): string[] =>
  (error as PythonError).frames.map((frame) => frame.function);

/** Python that raises two calls deep, and Python that calls. */
const faulty = (face: CallbackFace): any =>
  face.exec(
    'import traceback\n' +
      'def inner(): raise ValueError("deep")\n' +
      'def outer(): inner()\n' +
      'def relay(f): f()\n' +
      'def printed(f):\n' +
      '    try: f()\n' +
      '    except ValueError as error:\n' +
      '        return "".join(traceback.format_exception(error))\n',
    { out: ['outer', 'relay', 'printed'] },
  );

const rethrown: readonly CallbackRow[] = [
  {
    name: 'an exception thrown on through a callback keeps its older frames, places and all',
    run(face) {
      const { outer, relay } = faulty(face);
      const first = thrown(() => outer()) as PythonError;
      const again = thrown(() =>
        relay(() => {
          throw first;
        }),
      ) as PythonError;
      expect(functionsOf(first)).toEqual(['outer', 'inner']);
      expect(functionsOf(again)).toEqual(['relay', 'outer', 'inner']);
      expect(again.frames.slice(1)).toEqual(first.frames);
      const third = thrown(() =>
        relay(() => {
          throw again;
        }),
      );
      expect(functionsOf(third)).toEqual(['relay', 'relay', 'outer', 'inner']);
    },
  },
  {
    name: 'Python prints the whole of it',
    run(face) {
      const { outer, printed } = faulty(face);
      const text = printed(() => outer());
      expect(text).toMatch(/in printed[^]*in outer[^]*in inner[^]*ValueError: deep/);
    },
  },
  {
    name: 'the functions of JavaScript that it passed through stand between, in the order they ran',
    run(face) {
      const { outer, relay, printed } = faulty(face);
      const inner = (): unknown => outer();
      const middle = (): unknown => relay(inner);
      const error = thrown(() => relay(middle)) as PythonError;
      const functions = [...error.stack.matchAll(/^ {4}at (\S+) \(/gm)].map(([, name]) => name);
      const ran = ['inner', 'outer', 'inner', 'relay', 'middle', 'relay'];
      expect(functions.slice(0, 6)).toEqual(ran);
      expect(functionsOf(error)).toEqual(['relay', 'relay', 'outer', 'inner']);
      expect(error.stack.match(/rethrow-table/g)?.length).toBeGreaterThan(2);
      expect(printed(inner)).toMatch(/in printed[^]*in inner[^]*in outer[^]*in inner/);
    },
  },
  {
    name: 'what is known of its operands goes along',
    run(face) {
      const { fail, relay } = face.exec(
        'import numpy\ndef fail(): a, b = numpy.ones(3), numpy.ones(4); a @ b\ndef relay(f): f()',
        { out: ['fail', 'relay'] },
      );
      const first = thrown(() => fail()) as PythonError;
      const again = thrown(() => relay(() => relay(() => fail()))) as PythonError;
      expect(first.context).toMatchObject({ source: 'objects', shape_a: [3], shape_b: [4] });
      expect(again.context).toEqual(first.context);
    },
  },
  {
    name: 'its frames hold no locals, neither then nor now',
    run(face) {
      const code =
        'import gc, weakref\n' +
        'class Big: pass\n' +
        'seen = []\n' +
        'def fail():\n    big = Big(); seen.append(weakref.ref(big)); raise ValueError("x")\n' +
        'def relay(f):\n    big = Big(); seen.append(weakref.ref(big)); f()\n' +
        'def alive():\n    gc.collect(); return sum(one() is not None for one in seen)\n';
      const { fail, relay, alive } = face.exec(code, { out: ['fail', 'relay', 'alive'] });
      const kept = Array.from({ length: 20 }, () => thrown(() => relay(() => fail())));
      expect(alive()).toBe(0);
      expect(kept.map(functionsOf)).toEqual(kept.map(() => ['relay', 'fail']));
    },
  },
  {
    name: 'a thousand frames are cut in the middle',
    run(face) {
      const code = 'def deep(n): return deep(n - 1) if n else 1 / 0\ndef relay(f): f()';
      const { deep, relay } = face.exec(code, { out: ['deep', 'relay'] });
      const error = thrown(() => relay(() => deep(600)));
      expect((error as PythonError).frames).toHaveLength(401);
      expect((error as PythonError).frames.at(-1)?.function).toBe('deep');
    },
  },
];

const made: readonly CallbackRow[] = [
  {
    name: 'a Python error made in JavaScript is Python’s own, and comes out the same object',
    run(face) {
      const guard = define(
        face,
        'def guard(f):\n    try: f()\n    except LookupError as e: return f"{type(e) is IndexError} {e.args}"',
      );
      const relay = define(face, 'def relay(f): f()');
      const error = new errors.IndexError('no such row');
      const fail = (): never => {
        throw error;
      };
      expect(guard(fail)).toBe("True ('no such row',)");
      expect(thrown(() => relay(fail))).toBe(error);
      expect(thrown(() => relay(() => relay(fail)))).toBe(error);
      class Mine extends errors.KeyError {}
      const mine = new Mine('k');
      const failMine = (): never => {
        throw mine;
      };
      expect(guard(failMine)).toBe("False ('k',)");
      expect(thrown(() => relay(failMine))).toBe(mine);
    },
  },
  {
    name: 'it is caught by the protocols of Python that wait for it',
    run(face) {
      const { list, getattr, iter } = face.import('builtins');
      let count = 0;
      const next = (): number => {
        count += 1;
        if (count > 3) throw new errors.StopIteration();
        return count;
      };
      expect(list(iter(next, null)).$toJS()).toEqual([1, 2, 3]);
      expect(getattr(1, 'nope', 'fallback')).toBe('fallback');
    },
  },
  {
    name: 'its cause goes along, and is the cause of what Python raises from it',
    run(face) {
      const cause = new Error('disk');
      const text = define(
        face,
        'def text(f):\n    try: f()\n    except OSError as e: return str(e.__cause__)',
      );
      const wrap = define(
        face,
        'def wrap(f):\n    try: f()\n    except OSError as e: raise RuntimeError("outer") from e',
      );
      const error = new errors.OSError('no file', { cause });
      const fail = (): never => {
        throw error;
      };
      expect(text(fail)).toMatch(/disk/);
      expect((thrown(() => wrap(fail)) as Error).cause).toBe(error);
    },
  },
  {
    name: 'one whose class takes other arguments, or is not loaded, crosses as an error of JavaScript',
    run(face) {
      const guard = define(
        face,
        'def guard(f):\n    try: f()\n    except Exception as e: return type(e).__name__',
      );
      const relay = define(face, 'def relay(f): f()');
      for (const type of [errors.UnicodeDecodeError, errors.get('nowhere.Fault')]) {
        const error = new type('x');
        const fail = (): never => {
          throw error;
        };
        expect(guard(fail)).toBe('JsError');
        expect(thrown(() => relay(fail))).toBe(error);
      }
    },
  },
];

export const rethrows: readonly CallbackRow[] = [...rethrown, ...made];
