import { expect } from 'vitest';

import type { ErrorContext } from '../../src/contract/exception-record.ts';
import type { PythonError } from '../../src/errors/python-errors.ts';
import { define } from './errors-table.ts';
import { failure } from './protocol-face.ts';
import type { Row } from './table.ts';

export const A: Readonly<Record<string, unknown>> = {
  shape_a: [3, 4],
  dtype_a: 'float64',
  type_a: 'numpy.ndarray',
};
const B = { shape_b: [2, 2], dtype_b: 'float32', type_b: 'numpy.ndarray' };
export const BOTH: Readonly<Record<string, unknown>> = { source: 'objects', ...A, ...B };

export interface Arrays {
  readonly np: any;
  readonly a: any;
  readonly b: any;
}

/** `a @ b` cannot be: (3, 4) of float64 and (2, 2) of float32. */
export async function arrays(face: any): Promise<Arrays> {
  const np = await face.import('numpy');
  return { np, a: await np.ones([3, 4]), b: await np.ones([2, 2]).astype('float32') };
}

export async function contextOf(run: () => unknown): Promise<ErrorContext | null> {
  return (await failure(run)).context;
}

/** A Python function `fail` of a and b, and what its error knows of them. */
const fails = (name: string, source: string, expected: object | null): Row => ({
  name: `context: ${name}`,
  async run(face) {
    const { a, b } = await arrays(face);
    const fail = await define(face, source);
    const context = await contextOf(() => fail(a, b));
    if (expected === null) expect(context).toBeNull();
    else expect(context).toEqual(expected);
  },
});

const CORE = { dimension: 0, size_a: 4, size_b: 2 };

const inPython: readonly Row[] = [
  fails(
    'through helper code',
    'def fail(x, y):\n  return inner(x, y)\ndef inner(left, right):\n  return left @ right\n',
    { ...BOTH, ...CORE },
  ),
  fails(
    'over several lines',
    'import numpy\ndef fail(x, y):\n  return numpy.matmul(\n    x,\n    y,\n  )\n',
    { ...BOTH, ...CORE },
  ),
  fails('in place', 'def fail(x, y):\n  x @= y\n', { ...BOTH, ...CORE }),
  fails(
    'keywords, and the items of a list',
    'import numpy\ndef fail(x, y):\n  parts = [x, y]\n  return numpy.stack(arrays=parts, axis=0)\n',
    BOTH,
  ),
  fails(
    'attributes, slots, subscripts, globals, what a closure has',
    'class Plain: pass\nclass Slots: __slots__ = ("w",)\nspace = {}\n' +
      'def fail(x, y):\n  p, s = Plain(), Slots()\n  p.w = s\n  s.w = x\n  space["k"] = [0, y]\n' +
      '  return (lambda: p.w.w @ space["k"][-1])()\n',
    { ...BOTH, ...CORE },
  ),
  fails(
    'of who raises by hand, the operands of the call',
    'def check(left, right):\n  raise ValueError("differ")\n' +
      'def fail(x, y):\n  z = 1\n  return check(x, right=y)\n',
    BOTH,
  ),
  fails(
    'and those of the call that JavaScript made',
    'def fail(x, y):\n  raise ValueError("differ")\n',
    BOTH,
  ),
  fails(
    'of an operand that has to be computed, what the message says',
    'import numpy\ndef fail(x, y):\n  return numpy.ones((3, 4)) + y\n',
    { source: 'objects', shape_a: [3, 4], ...B },
  ),
  fails(
    'of nothing but temporaries, the message alone',
    'import numpy\ndef fail(x, y):\n  return numpy.ones((3, 4)) @ numpy.ones((2, 2))\n',
    { source: 'message', ...CORE },
  ),
  fails('a row of an array is no operand', 'def fail(x, y):\n  x[0] = y\n', {
    source: 'objects',
    ...A,
  }),
  fails(
    'arrays of a caller are not what its callee works on',
    'def fail(x, y):\n  return parse("x")\ndef parse(text):\n  return int(text)\n',
    null,
  ),
  fails('a KeyError of a dict has none', 'def fail(x, y):\n  return {}[3]\n', null),
  fails('a StopIteration has none', 'def fail(x, y):\n  return next(iter([]))\n', null),
];

const byCall: readonly Row[] = [
  {
    name: 'context: by an operator of inline Python',
    async run(face: any) {
      const { a, b } = await arrays(face);
      expect(await contextOf(() => face`${a} @ ${b}`)).toEqual({ ...BOTH, ...CORE });
      expect(await contextOf(() => face`[1, ${b}, ${[2]}][0] + (${a} @ ${b}).sum()`)).toEqual({
        ...BOTH,
        ...CORE,
      });
      const block = (): unknown => face`
        right = ${b}
        return ${a} @ right`;
      expect(await contextOf(block)).toEqual({ ...BOTH, ...CORE });
    },
  },
  {
    name: 'context: by a function, a method, an item, a function of `operator`',
    async run(face) {
      const { np, a, b } = await arrays(face);
      expect(await contextOf(() => np.matmul(a, b))).toEqual({ ...BOTH, ...CORE });
      expect(await contextOf(() => face.import('operator').matmul(a, b))).toEqual({
        ...BOTH,
        ...CORE,
      });
      expect(await contextOf(() => np.dot(a, b))).toEqual(BOTH);
      expect(await contextOf(() => a.dot(b))).toEqual(BOTH);
      expect(await contextOf(() => np.concatenate([a, b]))).toMatchObject(BOTH);
      expect(await contextOf(() => np.linalg.inv(a))).toEqual({ source: 'objects', ...A });
      const sizes = { size_a: 12, shape: [5, 5] };
      expect(await contextOf(() => a.reshape(5, 5))).toEqual({ source: 'objects', ...A, ...sizes });
      const place = { axis: 0, size: 3 };
      expect(await contextOf(() => a.$at(9))).toEqual({ source: 'objects', ...A, ...place });
      const views = await contextOf(() => np.add(new Float64Array(3), new Int32Array(4)));
      expect(views).toMatchObject({ shape_a: [3], dtype_b: 'int32', shape_b: [4] });
    },
  },
  {
    name: 'context: a cause and the members of a group have their own',
    async run(face) {
      const { a, b } = await arrays(face);
      const fail = await define(
        face,
        'def fail(x, y):\n  try: x @ y\n  except ValueError as e:\n    raise KeyError("k") from e\n',
      );
      const error: PythonError = await failure(() => fail(a, b));
      expect(error.context).toBeNull();
      expect((error.cause as PythonError).context).toEqual({ ...BOTH, ...CORE });
      const several = await define(
        face,
        'def fail(x, y):\n  try: x @ y\n  except ValueError as e:\n    raise ExceptionGroup("g", [e])\n',
      );
      const group: PythonError = await failure(() => several(a, b));
      expect((group.errors?.[0] as PythonError).context).toEqual({ ...BOTH, ...CORE });
    },
  },
];

const hostile: readonly Row[] = [
  {
    name: 'context: runs no code of users, and has no value of theirs',
    async run(face) {
      const { a, b } = await arrays(face);
      const fail = await define(
        face,
        'seen = []\nclass Key(str):\n  def __hash__(self): seen.append("hash"); return 1\n' +
          'class Lazy:\n  @property\n  def w(self): seen.append("property"); return 1\n' +
          '  def __getattr__(self, name): seen.append(name); return 1\n' +
          '  def __matmul__(self, other): seen.clear(); raise ValueError("secret 4711")\n' +
          'def fail(x, y):\n  if x is None: return list(seen)\n  o = Lazy()\n  o.secret = y\n' +
          '  return o @ y\n',
      );
      const error: PythonError = await failure(() => fail(a, b));
      expect(error.context).toEqual({
        source: 'objects',
        ...{ shape_a: [2, 2], dtype_a: 'float32', type_a: 'numpy.ndarray' },
      });
      expect(await fail(null, null).$toJS()).toEqual([]);
    },
  },
  {
    name: 'context: a subclass that lies is read past its lies',
    async run(face) {
      const { a, b } = await arrays(face);
      const fail = await define(
        face,
        'import numpy\nclass Liar(numpy.ndarray):\n  @property\n  def shape(self): raise SystemExit\n' +
          '  @property\n  def dtype(self): raise KeyboardInterrupt\n' +
          '  @property\n  def __class__(self): raise MemoryError\n' +
          'def fail(x, y):\n  return x.view(Liar) @ y if False else matmul(x.view(Liar), y)\n' +
          'def matmul(left, right):\n  return numpy.ndarray.__matmul__(left, right)\n',
      );
      expect(await contextOf(() => fail(a, b))).toMatchObject({
        source: 'objects',
        ...{ shape_a: [3, 4], dtype_a: 'float64', type_a: '__main__.Liar', shape_b: [2, 2] },
      });
    },
  },
  {
    name: 'context: keeps nothing of the operands alive',
    async run(face) {
      const fail = await define(
        face,
        'import gc, weakref, numpy\nseen = []\n' +
          'class Big(numpy.ndarray): pass\n' +
          'def fail(n):\n  if n == 0: gc.collect(); return sum(one() is not None for one in seen)\n' +
          '  left = numpy.ones((300, 40)).view(Big); seen.append(weakref.ref(left))\n' +
          '  return left @ left\n',
      );
      const kept: PythonError[] = [];
      for (let i = 0; i < 10; i++) kept.push(await failure(() => fail(1)));
      expect(await fail(0)).toBe(0);
      for (const error of kept) expect(error.context).toMatchObject({ shape_a: [300, 40] });
    },
  },
];

export const errorContextTable: readonly Row[] = [...byCall, ...inPython, ...hostile];
