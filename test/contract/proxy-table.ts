import { expect } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import type { Face, Row } from './table.ts';

/** What running `code` throws, if `run` does. */
async function failure(run: () => unknown): Promise<any> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** A value that Python evaluates: a live object of any kind. */
function evaluate(face: Face, code: string): any {
  return face.import('builtins').eval(code, new Map());
}

const names: readonly Row[] = [
  {
    name: 'every plain name is Python’s, also those that objects of JavaScript have',
    async run(face) {
      const space = await face.import('types').SimpleNamespace(
        kw({
          length: 1,
          name: 'n',
          call: 2,
          bind: 3,
          caller: 4,
          valueOf: 5,
          toString: 6,
          map: 7,
        }),
      );
      expect([await space.length, await space.name, await space.call]).toEqual([1, 'n', 2]);
      expect([await space.bind, await space.caller, await space.valueOf]).toEqual([3, 4, 5]);
      expect([await space.toString, await space.map]).toEqual([6, 7]);
    },
  },
  {
    name: '$attr reaches what JavaScript claims for itself',
    async run(face) {
      const space = await face
        .import('types')
        .SimpleNamespace(kw({ then: 1, constructor: 2, toJSON: 3, $odd: 4 }));
      expect(space.then).toBeUndefined();
      expect(await space.$attr('then')).toBe(1);
      expect(await space.$attr('constructor')).toBe(2);
      expect(await space.$attr('toJSON')).toBe(3);
      expect(await space.$attr('$odd')).toBe(4);
    },
  },
  {
    name: 'a missing attribute is an error, and $attr of it too',
    async run(face) {
      const list = await evaluate(face, '[1]');
      expect(await failure(() => list.$attr('nope'))).toBeInstanceOf(errors.AttributeError);
      expect(await failure(() => list.nope)).toBeInstanceOf(errors.AttributeError);
    },
  },
  {
    name: 'a member with $ that there is not is named with those that there are',
    async run(face) {
      const list = await evaluate(face, '[1]');
      expect((await failure(() => list.$nothing)).message).toMatch(/no member.*\$at/);
    },
  },
];

const misuse: readonly (readonly [what: string, run: (x: any) => unknown, message: RegExp])[] = [
  ['$attr(5)', (x) => x.$attr(5), /^\$attr\(name\) takes a name, which is a text; got 5/],
  ['$attr()', (x) => x.$attr(), /^\$attr\(name\) takes a name.* got undefined/],
  ['$put of a key alone', (x) => x.$put(0), /\$put takes keys and then the value/],
  ['$del of nothing', (x) => x.$del(), /\$del takes the key/],
  ['$call(5)', (x) => x.append.$call(5), /takes an array of arguments, got 5/],
  ['$call with keywords that are none', (x) => x.append.$call([1], 5), /plain object/],
  ['$call with a signal', (x) => x.append.$call([1], {}, { timeout: 5 }), /cannot heed `timeout`/],
  ['$call with an option that is none', (x) => x.append.$call([1], {}, { nope: 5 }), /nope/],
  ['$toJS with an option that is none', (x) => x.$toJS({ nope: 5 }), /nope/],
];

const items: readonly Row[] = [
  {
    name: 'digit keys are items of sequences and arrays, undefined out of range',
    async run(face) {
      for (const code of [
        '[5, 6, 7]',
        '(5, 6, 7)',
        'range(5, 8)',
        "__import__('array').array('i', [5, 6, 7])",
        'bytearray([5, 6, 7])',
        'memoryview(bytes([5, 6, 7]))',
        "__import__('collections').deque([5, 6, 7])",
        "__import__('numpy').array([5, 6, 7])",
      ]) {
        const x = await evaluate(face, code);
        expect([await x[0], await x[-1], await x[3], await x[-4]], code).toEqual([
          5,
          7,
          undefined,
          undefined,
        ]);
        expect(await failure(() => x.$at(3)), code).toBeInstanceOf(errors.IndexError);
      }
    },
  },
  {
    name: 'a digit key of a dict is no item: $at is',
    async run(face) {
      const dict = await evaluate(face, '{0: "a", "0": "b", (1, 2): "c"}');
      expect(await dict.$at(0)).toBe('a');
      expect(await dict.$at('0')).toBe('b');
      expect(await dict.$at(1, 2)).toBe('c');
      expect(await failure(() => dict[0])).toBeInstanceOf(errors.AttributeError);
      expect(await failure(() => dict.$at(5))).toBeInstanceOf(errors.KeyError);
    },
  },
  {
    name: 'a text is slice grammar on arrays only',
    async run(face) {
      const a = await face.import('numpy').arange(24).reshape([2, 3, 4]);
      const shape = async (...keys: unknown[]): Promise<unknown> =>
        (await (await a.$at(...keys)).shape).$toJS();
      expect(await shape('1:, ::2')).toEqual([1, 2, 4]);
      expect(await shape('..., None')).toEqual([2, 3, 4, 1]);
      expect(await shape('..., newaxis')).toEqual([2, 3, 4, 1]);
      expect(await shape(0, ':', '1:-1')).toEqual([3, 2]);
      expect(await shape(null, 0)).toEqual([1, 3, 4]);
      expect(await shape(' : , 1 : 3 ')).toEqual([2, 2, 4]);
      expect(await a.$at('-1, -1, -1')).toBe(23);
      expect(await a.$at(1, 2, 3)).toBe(23);
      expect(await (await evaluate(face, '{"1:3": 5}')).$at('1:3')).toBe(5);
      expect(await failure(async () => (await evaluate(face, '[1, 2]')).$at('0:1'))).toBeInstanceOf(
        errors.TypeError,
      );
    },
  },
  {
    name: 'a text that is no slice stays a key on arrays: the field of a record',
    async run(face) {
      const np = face.import('numpy');
      const records = await np.zeros(
        3,
        kw({ dtype: [await face.import('builtins').tuple(['x', 'i4'])] }),
      );
      await records.$put('x', 7);
      expect(await (await records.$at('x')).sum()).toBe(21);
    },
  },
  {
    name: 'arrays and masks index arrays',
    async run(face) {
      const np = face.import('numpy');
      const a = await np.arange(5);
      expect(await (await a.$at([0, 2])).sum()).toBe(2);
      expect(await (await a.$at(await np.greater(a, 2))).sum()).toBe(7);
    },
  },
  {
    name: '$put sets an item, $del removes one, by slices too',
    async run(face) {
      const a = await face.import('numpy').zeros([2, 3]);
      await a.$put('0, 1:', 5);
      await a.$put(1, 2, 7);
      expect(await (await a.tolist()).$toJS()).toEqual([
        [0, 5, 5],
        [0, 0, 7],
      ]);
      const list = await evaluate(face, '[1, 2, 3]');
      await list.$put(-1, 9);
      await list.$del(0);
      expect(await list.$toJS()).toEqual([2, 9]);
      expect(await failure(() => list.$put(5, 1))).toBeInstanceOf(errors.IndexError);
    },
  },
];

const calls: readonly Row[] = [
  {
    name: '$call takes the arguments as an array, and keywords that need no mark',
    async run(face) {
      const dict = face.import('builtins').dict;
      expect(await (await dict.$call([], { a: 1, class: 2 })).$toJS()).toEqual({ a: 1, class: 2 });
      expect(await face.import('math').hypot.$call([3, 4])).toBe(5);
      expect(await face.import('builtins').list.$call().__len__()).toBe(0);
      expect(await face.import('math').hypot.$call([3, 4], {}, { idempotent: true })).toBe(5);
    },
  },
  {
    name: 'a class is made with new, and without',
    async run(face) {
      const { Fraction } = face.import('fractions');
      expect(String(await (await new Fraction(1, 2)).__str__())).toBe('1/2');
      expect(String(await (await Fraction(1, 2)).__str__())).toBe('1/2');
    },
  },
];

/** Names, members, items: what can be said of a Python object in every placement. */
export const proxies: readonly Row[] = [
  ...names,
  ...items,
  ...calls,
  ...misuse.map(([what, run, message]) => ({
    name: `misuse: ${what}`,
    async run(face: Face) {
      const list = await evaluate(face, '[1, 2]');
      const error = await failure(() => run(list));
      expect(error.message).toMatch(message);
      expect(error).toBeInstanceOf(TypeError);
    },
  })),
];
