import { expect } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { errors, PythonError } from '../../src/errors/python-errors.ts';

/** What a placement offers to the table. Every value may be awaited; in-process nothing waits. */
export interface Face {
  import(name: string): any;
}

/** One behaviour, the same wherever the call runs. */
export interface Row {
  readonly name: string;
  run(face: Face): void | Promise<void>;
}

async function failure(run: () => unknown): Promise<PythonError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(PythonError);
    return error as PythonError;
  }
  throw new Error('no exception was raised');
}

const calls: readonly Row[] = [
  {
    name: 'calls a function of a module',
    async run(face) {
      expect(await face.import('math').sqrt(2)).toBe(Math.SQRT2);
    },
  },
  {
    name: 'follows attributes and chains calls',
    async run(face) {
      const norm = await face.import('numpy').arange(12).reshape([3, 4]).sum();
      expect(norm).toBe(66);
    },
  },
  {
    name: 'passes keyword arguments, and omits those that are undefined',
    async run(face) {
      const np = face.import('numpy');
      const a = np.arange(12).reshape([3, 4]);
      const norm = await np.linalg.norm(a, kw({ ord: 2, axis: undefined }));
      expect(norm).toBeCloseTo(22.409298163270435, 12);
    },
  },
  {
    name: 'drops a trailing undefined',
    async run(face) {
      expect(await face.import('builtins').int('12', undefined)).toBe(12);
    },
  },
];

const scalars: readonly (readonly [text: string, value: unknown])[] = [
  ['null', null],
  ['true', true],
  ['a safe integer', 9007199254740991],
  ['a negative integer', -5],
  ['a fraction', 0.1],
  ['infinity', -Infinity],
  ['a bigint', 2n ** 70n],
  ['a small bigint', 5n],
  ['text', 'plain'],
  ['NUL, astral and lone surrogates', 'a\u0000é😀\ud800'],
  ['long text beyond Latin-1', 'žluť😀'.repeat(1000)],
];

const conversions: readonly Row[] = [
  ...scalars.map(([text, value]) => ({
    name: `round trip: ${text}`,
    async run(face: Face) {
      const box = face.import('builtins').list([value]);
      expect(await box.pop()).toBe(value);
    },
  })),
  {
    name: 'numbers are int where they are whole, except -0',
    async run(face) {
      const repr = face.import('builtins').repr;
      expect(await repr([1, 1.5, -0, NaN, 2 ** 53])).toBe(
        '[1, 1.5, -0.0, nan, 9007199254740992.0]',
      );
    },
  },
  {
    name: 'containers are copied, with their nesting',
    async run(face) {
      const repr = face.import('builtins').repr;
      const value = { a: [1, undefined], b: new Map([[1, 'x']]), c: new Set([2]) };
      expect(await repr(value)).toBe("{'a': [1, None], 'b': {1: 'x'}, 'c': {2}}");
    },
  },
  {
    name: 'a Proxy of an array is a list, of an object a dict',
    async run(face) {
      const { repr } = face.import('builtins');
      expect(await repr(new Proxy([1, [2]], {}))).toBe('[1, [2]]');
      expect(await repr(new Proxy({ a: 1 }, {}))).toBe("{'a': 1}");
    },
  },
  {
    name: 'keys that JavaScript cannot tell apart are an error, not a loss',
    async run(face) {
      const { dict, eval: evaluate, set } = face.import('builtins');
      const two = await evaluate('[float("nan"), float("nan")]', new Map());
      await expect(async () => (await dict.fromkeys(two)).$toJS()).rejects.toThrow(/the same/);
      await expect(async () => (await set(two)).$toJS()).rejects.toThrow(/the same/);
    },
  },
  {
    name: 'a cycle stays a cycle',
    async run(face) {
      const list: unknown[] = [1];
      list.push(list);
      expect(await face.import('builtins').repr(list)).toBe('[1, [...]]');
    },
  },
  {
    name: '$toJS gives plain data',
    async run(face) {
      const data = face.import('builtins').dict(kw({ a: [1, [2, null]], b: { c: 'x' } }));
      expect(await data.$toJS()).toEqual({ a: [1, [2, null]], b: { c: 'x' } });
    },
  },
  {
    name: 'what has no counterpart is refused with its path',
    async run(face) {
      const error = await Promise.resolve()
        .then(() => face.import('builtins').list([{ a: [Symbol('s')] }]) as unknown)
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ERR_CONVERSION', path: 'args[0][0].a[0]' });
      expect(error).toBeInstanceOf(TypeError);
    },
  },
];

const exceptions: readonly Row[] = [
  {
    name: 'an exception is an instance of its class and of its bases',
    async run(face) {
      const error = await failure(() => face.import('builtins').int('x') as unknown);
      expect(error).toBeInstanceOf(errors.ValueError);
      expect(error).toBeInstanceOf(errors.Exception);
      expect(error).not.toBeInstanceOf(errors.TypeError);
      expect(error).not.toBeInstanceOf(TypeError);
      expect(error.type).toBe('ValueError');
      expect(error.message).toBe("invalid literal for int() with base 10: 'x'");
      expect(error.args).toEqual([error.message]);
    },
  },
  {
    name: 'a library’s own class follows its MRO and has frames',
    async run(face) {
      const np = face.import('numpy');
      const error = await failure(() => np.linalg.inv(np.zeros([2, 2])) as unknown);
      expect(error).toBeInstanceOf(errors.ValueError);
      expect(error.type).toBe('LinAlgError');
      expect(error.frames.at(-1)?.function).toContain('singular');
      expect(error.frames.at(-1)?.line).toBeGreaterThan(0);
      expect(error.stack).toMatch(/^LinAlgError: Singular matrix\n {4}at /);
    },
  },
  {
    name: 'a missing attribute is an AttributeError that suggests a name',
    async run(face) {
      const error = await failure(() => face.import('math').sqrd(2) as unknown);
      expect(error).toBeInstanceOf(errors.AttributeError);
      expect(error.message).toMatch(/no attribute 'sqrd'\. Did you mean: 'sqrt'\?$/);
    },
  },
];

const iteration: readonly Row[] = [
  {
    name: 'iterates with for await',
    async run(face) {
      const seen: unknown[] = [];
      for await (const value of face.import('builtins').range(3)) seen.push(value);
      expect(seen).toEqual([0, 1, 2]);
    },
  },
];

/** The behaviours that all placements share. */
export const table: readonly Row[] = [...calls, ...conversions, ...exceptions, ...iteration];
