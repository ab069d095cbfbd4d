import { expect } from 'vitest';

import type { Codec } from '../../src/contract/codec.ts';
import { thrown } from './callbacks-table.ts';
import { type CodecRow, decimal, Money, Tip, under } from './codec-table.ts';

/** JavaScript’s objects, on their way to Python. */
export const encoders: readonly CodecRow[] = [
  {
    name: 'objects of a class are converted: arguments, in data, results of callbacks',
    run(face) {
      const { repr } = face.builtins;
      const apply = face.exec('def apply(f): return repr(f())', { out: ['apply'] }).apply;
      under(face, decimal(face), () => {
        expect(repr(new Money(150))).toBe("Decimal('1.5')");
        expect(repr(new Tip(250))).toBe("Decimal('2.5')");
        expect(repr([{ a: new Money(100) }, new Map([[1, new Money(200)]])])).toBe(
          "[{'a': Decimal('1')}, {1: Decimal('2')}]",
        );
        expect(apply(() => new Money(50))).toBe("Decimal('0.5')");
        expect(face.builtins.sum([new Money(100), new Money(50)])).toEqual(new Money(150));
      });
      expect(repr(new Money(1))).toContain('JavaScript Money');
    },
  },
  {
    name: 'what fromJS gives is converted by the usual rules, containers too, at any depth',
    run(face) {
      const rule = { jsClass: Money, fromJS: ({ cents }: Money) => ({ cents: [cents] }) };
      under(face, rule, () => {
        const text = face.builtins.repr([new Money(1), { m: new Money(2) }]);
        expect(text).toBe("[{'cents': [1]}, {'m': {'cents': [2]}}]");
      });
      under(face, { jsClass: Money, fromJS: () => undefined }, () => {
        const money = new Money(3);
        expect(face.builtins.list([money])[0]).toBe(money);
      });
      under(face, { jsClass: Money, fromJS: () => null }, () => {
        expect(face.builtins.repr(new Money(3))).toBe('None');
      });
    },
  },
  {
    name: 'subclasses of containers, Dates and errors may have one too',
    run(face) {
      class Row extends Map<string, number> {}
      class Stamp extends Date {}
      class Failure extends Error {}
      const { repr } = face.builtins;
      under(face, { jsClass: Row, fromJS: (row) => [...row.values()] }, () => {
        expect(repr(new Row([['a', 1]]))).toBe('[1]');
        expect(repr(new Map([['a', 1]]))).toBe("{'a': 1}");
      });
      under(face, { jsClass: Stamp, fromJS: (stamp) => stamp.getTime() }, () => {
        expect(repr([new Stamp(5)])).toBe('[5]');
      });
      under(face, { jsClass: Failure, fromJS: (error) => error.message }, () => {
        expect(repr([new Failure('x')])).toBe("['x']");
      });
    },
  },
  {
    name: 'what fromJS throws comes out as it is; what cannot convert is refused by its path',
    run(face) {
      const boom = new Error('not this one');
      const refuse = (): never => {
        throw boom;
      };
      const apply = face.exec('def apply(f): return f()', { out: ['apply'] }).apply;
      under(face, { jsClass: Money, fromJS: refuse }, () => {
        expect(thrown(() => face.builtins.repr([new Money(1)]))).toBe(boom);
        expect(thrown(() => apply(() => new Money(1)))).toBe(boom);
      });
      under(face, { jsClass: Money, fromJS: () => Symbol('s') }, () => {
        const error = thrown(() => face.builtins.repr({ a: [new Money(1)] }));
        expect(error).toMatchObject({ code: 'ERR_CONVERSION', path: 'args[0].a[0]' });
      });
    },
  },
  {
    name: 'while fromJS runs, objects of its class are live objects',
    run(face) {
      const { getattr } = face.builtins;
      const rule = { jsClass: Money, fromJS: (m: Money) => Number(getattr(m, 'cents')) + 1 };
      under(face, rule, () => {
        expect(face.builtins.repr(new Money(1))).toBe('2');
      });
    },
  },
];

/** What becomes a codec, and for how long. */
export const registrations: readonly CodecRow[] = [
  {
    name: 'disposing of a codec twice, or under another, undoes that one alone',
    run(face) {
      const first = face.codec({ pyType: 'complex', toJS: () => 'first' });
      const second = face.codec({ pyType: 'complex', toJS: () => 'second' });
      const list = face`[1j]`;
      expect(list[0]).toBe('second');
      first[Symbol.dispose]();
      first.$dispose();
      expect(list[0]).toBe('second');
      second[Symbol.dispose]();
      expect(list[0].imag).toBe(1);
    },
  },
  {
    name: 'a rule that can do nothing is refused, with what to do',
    run(face) {
      const refused = (rule: unknown): string =>
        (thrown(() => face.codec(rule as Codec)) as Error).message;
      const toJS = (): null => null;
      expect(refused(null)).toMatch(/expected an object/);
      expect(refused({})).toMatch(/\{ pyType, toJS \}/);
      expect(refused({ toJS })).toMatch(/needs a pyType/);
      expect(refused({ pyType: 'a b', toJS })).toMatch(/such as 'decimal.Decimal'/);
      expect(refused({ pyType: 'int', toJS })).toMatch(/by value/);
      expect(refused({ pyType: face.builtins.str, toJS })).toMatch(/by value/);
      expect(refused({ pyType: 'builtins.object', toJS })).toMatch(/classes you mean/);
      expect(refused({ pyType: face`[1]`, toJS })).toMatch(/not an object of one/);
      expect(refused({ pyType: 'complex', toJS: 1 })).toMatch(/toJS is a function/);
      expect(refused({ jsClass: Money })).toMatch(/come together/);
      expect(refused({ jsClass: Object, fromJS: toJS })).toMatch(/class of its own/);
      expect(refused({ jsClass: () => 1, fromJS: toJS })).toMatch(/jsClass is a class/);
      expect(refused({ pyType: 'complex', toJS, decode: toJS })).toMatch(/no decode/);
      expect(face`1j`.imag).toBe(1);
    },
  },
];
