import { expect } from 'vitest';

import { OPERATORS, operatorInPython } from '../../src/contract/operators.ts';
import { errors } from '../../src/errors/python-errors.ts';
import { failure, type ProtocolRow } from './protocol-face.ts';

const questions: readonly ProtocolRow[] = [
  {
    name: 'isinstance, also of several types, is, equal, bool, len, contains, callable',
    async run(py) {
      const { int, str, list } = py.builtins;
      expect(await py.isinstance(5, await int)).toBe(true);
      expect(await py.isinstance('x', [await int, await str])).toBe(true);
      expect(await py.isinstance(5, await str)).toBe(false);
      const one = await list([1]);
      expect(await py.is(one, one)).toBe(true);
      expect(await py.is(one, await list([1]))).toBe(false);
      expect(await py.equal(one, [1])).toBe(true);
      expect(await py.equal(one, [2])).toBe(false);
      expect(await py.bool(await list([]))).toBe(false);
      expect(await py.bool('x')).toBe(true);
      expect(await py.len(one)).toBe(1);
      expect(await py.len('žluť')).toBe(4);
      expect(await py.contains(one, 1)).toBe(true);
      expect(await py.contains('text', 'ex')).toBe(true);
      expect(await py.callable(await int)).toBe(true);
      expect(await py.callable(one)).toBe(false);
    },
  },
  {
    name: 'a comparison of arrays has no single answer',
    async run(py) {
      const a = await py.import('numpy').arange(3);
      expect((await failure(() => py.equal(a, a))).message).toMatch(/truth value.*ambiguous/);
      expect((await failure(() => py.bool(a))).message).toMatch(/truth value.*ambiguous/);
    },
  },
  {
    name: 'getattr with a fallback, setattr',
    async run(py) {
      const space = await py.import('types').SimpleNamespace();
      await py.setattr(space, 'then', 5);
      expect(await py.getattr(space, 'then')).toBe(5);
      expect(await py.getattr(space, 'none', 'x')).toBe('x');
      expect(await py.getattr(space, 'none', undefined)).toBeUndefined();
      expect(await failure(() => py.getattr(space, 'none'))).toBeInstanceOf(errors.AttributeError);
      expect(await py.getattr('text', 'upper')()).toBe('TEXT');
    },
  },
  {
    name: 'help is a text, of an object or of a name',
    async run(py) {
      expect(await py.help(await py.import('math').sqrt)).toMatch(/square root/);
      expect(await py.help('math.hypot')).toMatch(/^Help on .*hypot/);
      expect((await failure(() => py.help('no.such.thing'))).message).toMatch(/no\.such\.thing/);
    },
  },
];

const values: readonly ProtocolRow[] = [
  {
    name: 'tuple, set, bytes, int, float, slice, ellipsis stay Python’s',
    async run(py) {
      const repr = await py.builtins.repr;
      expect(await repr(await py.tuple())).toBe('()');
      expect(await repr(await py.tuple(1, [2]))).toBe('(1, [2])');
      expect(await repr(await py.set([1]))).toBe('{1}');
      expect(await repr(await py.set('a'))).toBe("{'a'}");
      expect(await repr(await py.set(await py.builtins.range(1)))).toBe('{0}');
      expect(await repr(await py.bytes(new Uint8Array([97, 0])))).toBe("b'a\\x00'");
      expect(await repr(await py.bytes(new Uint8Array([98]).buffer))).toBe("b'b'");
      expect(await repr(await py.float(3))).toBe('3.0');
      expect(await repr(await py.int('12'))).toBe('12');
      expect(await repr(await py.slice(1, undefined, 2))).toBe('slice(1, None, 2)');
      expect(await repr(await py.ellipsis)).toBe('Ellipsis');
    },
  },
  {
    name: 'misuse names what is wanted',
    async run(py) {
      const cases: readonly (readonly [() => unknown, RegExp])[] = [
        [() => py.import(5 as never), /py\.import\(name\) takes a name, which is a text; got 5/],
        [() => py.import(null as never), /py\.import\(name\).*got null/],
        [() => py.import({} as never), /py\.import\(name\).*got an object/],
        [() => py.lazy(5 as never), /py\.lazy\(name\)/],
        [() => py.getattr([], 5 as never), /py\.getattr\(x, name\).*got 5/],
        [() => py.setattr([], 5 as never, 1), /py\.setattr\(x, name, value\).*got 5/],
        [() => py.set(5), /py\.set\(items\).*iterate over, got 5/],
        [() => py.bytes(5), /py\.bytes\(data\) takes a Uint8Array, got 5/],
        [() => py.bytes('x'), /Buffer\.from/],
      ];
      for (const [run, message] of cases) {
        const error = await failure(run);
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toMatch(message);
      }
    },
  },
  {
    name: 'lazy imports at the first use, and asks nothing before',
    async run(py) {
      const modules = await py.import('sys').modules;
      await modules.pop('this_is_lazy', null);
      const missing = py.lazy('no_such_module_at_all');
      expect((await failure(() => missing.anything)).type).toBe('ModuleNotFoundError');
      await modules.pop('colorsys', null);
      const lazy = py.lazy('colorsys');
      expect(await py.contains(modules, 'colorsys')).toBe(false);
      expect([...(await lazy.rgb_to_hsv(1, 0, 0))]).toEqual([0, 1, 1]);
      expect(await py.contains(modules, 'colorsys')).toBe(true);
    },
  },
  {
    name: 'the names of op are those of Python’s operator module',
    async run(py) {
      const all = (await (await py.import('operator').__all__).$toJS()) as string[];
      const newer = ['is_none', 'is_not_none'];
      const known = OPERATORS.map(operatorInPython);
      expect(all.filter((name) => !newer.includes(name)).toSorted()).toEqual(known.toSorted());
    },
  },
];

/** The members of a face that ask, and those that make. */
export const protocols: readonly ProtocolRow[] = [...questions, ...values];
