import { inspect } from 'node:util';

import { expect } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import { failure, type RemoteRow } from './support/remote.ts';

const chains: readonly RemoteRow[] = [
  {
    name: 'a chain gives its value at the await',
    async run(face) {
      expect(await face.import('math').sqrt(2)).toBe(Math.SQRT2);
      const np = face.import('numpy');
      expect(await np.arange(12).reshape([3, 4]).sum()).toBe(66);
    },
  },
  {
    name: 'an object settles to a handle that is no thenable',
    async run(face) {
      const fraction = await face.import('fractions').Fraction(1, 3);
      expect(fraction.then).toBeUndefined();
      expect(typeof fraction.$ref).toBe('string');
      expect(await fraction.numerator).toBe(1);
      expect(await fraction.limit_denominator(2).denominator).toBe(2);
    },
  },
  {
    name: 'a module settles too, and its functions still run',
    async run(face) {
      const math = await face.import('math');
      expect(math.then).toBeUndefined();
      expect(await math.floor(2.5)).toBe(2);
      expect(await math.pi).toBe(Math.PI);
    },
  },
  {
    name: 'values on their way are arguments, also inside of lists, dicts and keywords',
    async run(face) {
      const { builtins } = face;
      const two = builtins.int('2');
      const three = builtins.int('3');
      expect(await builtins.sum([two, three, 1])).toBe(6);
      expect(await builtins.sorted(new Set([three, 1])).$toJS()).toEqual([1, 3]);
      expect(await builtins.dict({ a: two }).$toJS()).toEqual({ a: 2 });
      expect(await builtins.int('ff', kw({ base: builtins.int('16') }))).toBe(255);
      const held = await builtins.list([1, 2, 3]);
      expect(await builtins.len(held)).toBe(3);
      expect(await builtins.sum(new Map([[held, 1]]).keys().next().value)).toBe(6);
    },
  },
  {
    name: 'arguments are taken as they are at the call',
    async run(face) {
      const numbers = [1, 2];
      const sum = face.builtins.sum(numbers);
      numbers.push(100);
      expect(await sum).toBe(3);
    },
  },
  {
    name: 'a result may be used several times, before and after its await',
    async run(face) {
      const list = face.builtins.list([3, 1, 2]);
      const [largest, size] = await Promise.all([face.builtins.max(list), face.builtins.len(list)]);
      expect([largest, size]).toEqual([3, 3]);
      expect(await list.index(1)).toBe(1);
      expect(await (await list).index(2)).toBe(2);
      const number = face.builtins.int('7');
      expect(await number.bit_length()).toBe(3);
      expect(await number).toBe(7);
      expect(await number).toBe(7);
    },
  },
  {
    name: 'calls under other options may use each other in one turn',
    async run(face) {
      const other = face.options({ idempotent: true });
      const two = face.builtins.int('2');
      const four = other.builtins.pow(two, 2);
      const eight = face.builtins.sum([four, four]);
      expect(await face.builtins.sum([two, four, eight])).toBe(14);
    },
  },
  {
    name: 'a call that depends on one in flight waits for it',
    async run(face) {
      const list = face.builtins.list([1, 2]);
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
      expect(await list.count(2)).toBe(1);
    },
  },
];

const failures: readonly RemoteRow[] = [
  {
    name: 'a failing step surfaces at the await of what needed it, and nowhere else',
    async run(face) {
      const { builtins } = face;
      const bad = builtins.int('x');
      const good = builtins.int('5');
      const both = builtins.max(bad, good);
      const error = await failure(() => both);
      expect(error).toBeInstanceOf(errors.ValueError);
      expect(error.message).toContain("'x'");
      expect(await good).toBe(5);
      expect(await failure(() => bad)).toBeInstanceOf(errors.ValueError);
    },
  },
  {
    name: 'the JS stack is that of the call',
    async run(face) {
      function here(): unknown {
        return face.builtins.int('x');
      }
      const pending = here();
      const error = await failure(() => pending);
      expect(error.stack).toContain('here');
      expect(error.stack).toContain('remote-table.ts');
    },
  },
  {
    name: 'a missing attribute and module are Python errors',
    async run(face) {
      expect(await failure(() => face.import('math').nothing)).toBeInstanceOf(
        errors.AttributeError,
      );
      const missing = await failure(() => face.import('no_such_module_at_all'));
      expect(missing).toBeInstanceOf(errors.ModuleNotFoundError);
    },
  },
  {
    name: 'what has no counterpart is refused by its path, before anything is sent',
    async run(face) {
      const error = await failure(() => face.builtins.list([1, { a: Symbol('s') }]));
      expect(error.code).toBe('ERR_CONVERSION');
      expect(error.message).toContain('a');
    },
  },
  {
    name: 'a disposed handle is refused',
    async run(face) {
      const list = await face.builtins.list([1]);
      list.$dispose();
      const error = await failure(() => list.count(1));
      expect(error.code).toBe('ERR_DISPOSED');
    },
  },
  {
    name: 'a handle is no JSON and no primitive',
    async run(face) {
      const list = await face.builtins.list([1]);
      expect(() => JSON.stringify(list)).toThrow(TypeError);
      expect(() => `${list}`).toThrow(TypeError);
    },
  },
  {
    name: 'an inspector is told what it is, without asking Python',
    async run(face) {
      const list = await face.builtins.list([1]);
      expect(inspect(list)).toMatch(/^Ref <list in .+>$/);
      expect(inspect({ append: list.append })).toMatch(/append: Remote <list\.append in .+>/);
      expect(inspect(list, { showProxy: true })).toContain('remote Python object');
    },
  },
];

export const remoteTable: Readonly<Record<string, readonly RemoteRow[]>> = {
  chains,
  failures,
};
