import { expect } from 'vitest';

import type { Codec, CodecRegistration } from '../../src/contract/codec.ts';
import { thrown } from './callbacks-table.ts';
import type { Row } from './table.ts';

export interface CodecFace {
  (source: TemplateStringsArray, ...values: unknown[]): any;
  import(name: string): any;
  readonly builtins: any;
  exec(code: string, options: { out: readonly string[] }): any;
  codec<J>(rule: Codec<J>): CodecRegistration;
}

export interface CodecRow extends Omit<Row, 'run'> {
  run(face: CodecFace): void;
}

export class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}
export class Tip extends Money {}

/** A codec for the length of a body. */
export function under<J>(face: CodecFace, rule: Codec<J>, body: () => void): void {
  const registration = face.codec(rule);
  try {
    body();
  } finally {
    registration.$dispose();
  }
}

export const decimal = (face: CodecFace): Codec<Money> => ({
  pyType: 'decimal.Decimal',
  toJS: (value) => new Money(value * 100),
  jsClass: Money,
  fromJS: ({ cents }) => face`__import__('decimal').Decimal(${cents}) / 100`,
});

/** Python’s objects, on their way to JavaScript. */
export const decoders: readonly CodecRow[] = [
  {
    name: 'a type’s values are converted where they cross: results, items, arguments, attributes',
    run(face) {
      const { Decimal } = face.import('decimal');
      const code =
        'from decimal import Decimal\nclass Box: price = Decimal(3)\nboxes = [Decimal(1)]';
      const { Box, boxes } = face.exec(code, { out: ['Box', 'boxes'] });
      under(face, { pyType: 'decimal.Decimal', toJS: (value) => `D${String(value)}` }, () => {
        expect(Decimal('1.5')).toBe('D1.5');
        expect(boxes[0]).toBe('D1');
        expect([...boxes]).toEqual(['D1']);
        expect(Box.price).toBe('D3');
        expect(boxes.pop()).toBe('D1');
        const seen: unknown[] = [];
        face.builtins.list(
          face.builtins.map((x: unknown) => seen.push(x), face`[__import__('decimal').Decimal(7)]`),
        );
        expect(seen).toEqual(['D7']);
      });
      expect(typeof Box.price).toBe('function');
    },
  },
  {
    name: '`new` gives the object itself, and $toJS what the codec makes of it',
    run(face) {
      const { Decimal } = face.import('decimal');
      under(face, decimal(face), () => {
        const held = new Decimal('1.5');
        expect(String(held)).toBe('1.5');
        expect(held.$toJS()).toEqual(new Money(150));
        expect(face`{'a': [${held}, ${held}], 'b': 1}`.$toJS()).toEqual({
          a: [new Money(150), new Money(150)],
          b: 1,
        });
      });
      expect(face`{'a': ${new Decimal('1.5')}}`.$toJS()).toEqual({ a: '1.5' });
    },
  },
  {
    name: 'in $toJS one object is converted once, and shared',
    run(face) {
      let count = 0;
      const data = face`(lambda x: {'a': x, 'b': [x]})(complex(1, 2))`;
      under(face, { pyType: 'complex', toJS: () => ({ number: ++count }) }, () => {
        const { a, b } = data.$toJS();
        expect(a).toEqual({ number: 1 });
        expect(b[0]).toBe(a);
      });
    },
  },
  {
    name: 'a subclass goes by its nearest base, and the newest codec of one class wins',
    run(face) {
      const code =
        'class A: pass\nclass B(A): pass\nclass C(B): pass\ndef make(): return [A(), B(), C()]';
      const { A, B, make } = face.exec(code, { out: ['A', 'B', 'make'] });
      const all = (): unknown[] => [...make()];
      under(face, { pyType: A, toJS: () => 'a' }, () => {
        expect(all()).toEqual(['a', 'a', 'a']);
        under(face, { pyType: B, toJS: () => 'b' }, () => {
          expect(all()).toEqual(['a', 'b', 'b']);
          under(face, { pyType: A, toJS: () => 'new' }, () => {
            expect(all()).toEqual(['new', 'b', 'b']);
          });
        });
        expect(all()).toEqual(['a', 'a', 'a']);
      });
      expect(all().every((one) => typeof one === 'function')).toBe(true);
    },
  },
  {
    name: 'a name may be where a class is exported, and of a module that is loaded later',
    run(face) {
      const later = "import sys, types\nm = types.ModuleType('codec_later')\n";
      const code =
        'import collections, pathlib\n' +
        'def path(): return pathlib.PurePosixPath("a")\n' +
        `def load():\n    ${later.trim().replace('\n', '\n    ')}\n` +
        '    m.Exported = type("Hidden", (), {"__module__": "somewhere.else"})\n' +
        '    sys.modules["codec_later"] = m\n    return m.Exported()\n';
      const { path, load } = face.exec(code, { out: ['path', 'load'] });
      under(face, { pyType: 'codec_later.Exported', toJS: () => 'later' }, () => {
        under(face, { pyType: 'pathlib.PurePath', toJS: (value) => String(value) }, () => {
          expect(path()).toBe('a');
          expect(load()).toBe('later');
        });
      });
    },
  },
  {
    name: 'undefined leaves the value to the usual rules; null is null',
    run(face) {
      const box = face`[complex(0, 1), complex(1, 0)]`;
      const rule = { pyType: 'complex', toJS: (z: any) => (z.real === 0 ? undefined : null) };
      under(face, rule, () => {
        expect(box[0].imag).toBe(1);
        expect(box[1]).toBe(null);
      });
    },
  },
  {
    name: 'while a codec runs, values of its type are proxies',
    run(face) {
      const rule: Codec = {
        pyType: 'fractions.Fraction',
        toJS: (value) => String(value.limit_denominator(10).numerator),
      };
      under(face, rule, () => {
        expect(face`__import__('fractions').Fraction(3, 9)`).toBe('1');
      });
    },
  },
  {
    name: 'what toJS throws comes out as it is, from a callback through Python too',
    run(face) {
      const boom = new RangeError('no such value');
      const rule: Codec = {
        pyType: 'complex',
        toJS() {
          throw boom;
        },
      };
      const call = face.exec('def call(f): return f(1j)', { out: ['call'] }).call;
      const list = face`[1j]`;
      under(face, rule, () => {
        expect(thrown(() => list[0])).toBe(boom);
        expect(thrown(() => list.$toJS())).toBe(boom);
        expect(thrown(() => call(() => 1))).toBe(boom);
      });
      expect(list.$toJS({ fallback: 'proxy' })).toHaveLength(1);
    },
  },
  {
    name: 'codecs of builtin containers and iterators leave the bridge whole',
    run(face) {
      const pause: Codec[] = ['tuple', 'list', 'dict', 'generator', 'list_iterator'].map(
        (name) => ({
          pyType: name,
          toJS: (value) => ({ name, data: name.includes('r') ? null : value.$toJS() }),
        }),
      );
      const held = pause.map((rule) => face.codec(rule));
      try {
        expect(face`(1, [2])`).toMatchObject({ name: 'tuple' });
        expect(face`[1, 2]`).toEqual({ name: 'list', data: [1, 2] });
        const numbers = new face.builtins.list([1, 2]);
        expect([...numbers]).toEqual([1, 2]);
        const error = thrown(() => face.builtins.int('x')) as {
          args: unknown[];
          frames: unknown[];
        };
        expect(error.args).toEqual(["invalid literal for int() with base 10: 'x'"]);
        expect(error.frames).toEqual([]);
      } finally {
        for (const one of held) one.$dispose();
      }
    },
  },
];
