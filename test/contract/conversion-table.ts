// What JavaScript's values are in Python: the first table of design.md, section 3.
import { expect } from 'vitest';

import type { Row } from './table.ts';

/** Rows need code on Python's side; `exec` gives the functions that it defines. */
export interface ConversionFace {
  import(name: string): any;
  exec(code: string, options: { out: string[] }): Record<string, any>;
}

export interface ConversionRow {
  readonly name: string;
  run(face: ConversionFace): void | Promise<void>;
}

const define = (face: ConversionFace, code: string, name: string): any =>
  face.exec(code, { out: [name] })[name];

async function refusal(run: () => unknown): Promise<Record<string, unknown>> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_CONVERSION' });
    return error as Record<string, unknown>;
  }
  throw new Error('nothing was refused');
}

const DATES = [0, 1, -1, 999, 951_782_400_123, -62_135_596_800_000, 253_402_300_799_999];

const dates: readonly ConversionRow[] = [
  {
    name: 'a Date is an aware datetime in UTC, to the millisecond',
    async run(face) {
      const iso = define(
        face,
        'def iso(d):\n  return d.isoformat(timespec="milliseconds")\n',
        'iso',
      );
      for (const time of DATES) {
        const date = new Date(time);
        expect(await iso(date)).toBe(date.toISOString().replace('Z', '+00:00'));
      }
    },
  },
  {
    name: 'a Date comes back as a Date, what is derived from it does not',
    async run(face) {
      const { list } = face.import('builtins');
      for (const time of DATES) expect(await list([new Date(time)]).pop()).toEqual(new Date(time));
      const { later, kind } = face.exec(
        'import datetime, pickle\n' +
          'def later(d):\n  return d + datetime.timedelta(days=1)\n' +
          'def kind(d):\n' +
          '  return [repr(d), type(pickle.loads(pickle.dumps(d))) is datetime.datetime,\n' +
          '    pickle.loads(pickle.dumps(d)) == d, isinstance(d, datetime.datetime),\n' +
          '    hash(d) == hash(d.replace()), type(d.replace()) is datetime.datetime]\n',
        { out: ['later', 'kind'] },
      );
      const next = await later(new Date(0));
      expect(next).not.toBeInstanceOf(Date);
      expect(await next.$toJS()).toBe('1970-01-02T00:00:00+00:00');
      expect(await kind(new Date(5)).$toJS()).toEqual([
        'datetime.datetime(1970, 1, 1, 0, 0, 0, 5000, tzinfo=datetime.timezone.utc)',
        ...Array<boolean>(5).fill(true),
      ]);
    },
  },
  {
    name: 'a Date that Python has no datetime for is refused with its path',
    async run(face) {
      const { list } = face.import('builtins');
      for (const time of [NaN, 8.64e15, -8.64e15, 253_402_300_800_000]) {
        const error = await refusal(() => list([{ when: new Date(time) }]) as unknown);
        expect(error['path']).toBe('args[0][0].when');
      }
    },
  },
];

const containers: readonly ConversionRow[] = [
  {
    name: 'what is shared stays shared, and a cycle a cycle',
    async run(face) {
      const same = define(
        face,
        'def same(x):\n' +
          '  return [x["a"] is x["b"][0], x["b"][1] is x["b"], x["m"]["k"] is x["a"],\n' +
          '    x["o"] is x, x["s"] is x["b"][2]]\n',
        'same',
      );
      const a = [1];
      const s = new Set([1]);
      const b: unknown[] = [a, null, s];
      b[1] = b;
      const o: Record<string, unknown> = { a, b, m: new Map([['k', a]]), s };
      o['o'] = o;
      expect(await same(o).$toJS()).toEqual(Array(5).fill(true));
    },
  },
  {
    name: 'among thousands, each is itself: alike, with long texts, wide, nested, Map and Set',
    async run(face) {
      const firsts = define(
        face,
        'def firsts(rows):\n' +
          '  seen = {}\n' +
          '  return [seen.setdefault(id(row), i) for i, row in enumerate(rows)]\n',
        'firsts',
      );
      const inner = { deep: [1] };
      const kinds: ((i: number) => object)[] = [
        (i) => ({ id: i, name: `item ${String(i)}`, value: i / 2 }),
        () => ({ x: 0 }),
        () => [],
        (i) => [i, [i], inner],
        (i) => ({ text: 'x'.repeat(2000), i }),
        (i) => Array.from({ length: 40 }, (_, k) => (k < 20 ? 0 : i)),
        (i) => Object.fromEntries(Array.from({ length: 70 }, (_, k) => [`k${String(k)}`, i])),
        (i) => new Map([[i, inner]]),
        (i) => new Set([i]),
        (i) => ({ a: null, b: undefined, c: i % 2 === 0, d: NaN, e: { i } }),
      ];
      const rows: object[] = [];
      for (let i = 0; i < 6000; i++) {
        const kind = kinds[i % kinds.length] as (i: number) => object;
        const again = i % 7 === 3 || i % 1000 > 990;
        rows.push(again ? (rows[(i * 31) % i] as object) : kind(i));
      }
      const places = new Map<object, number>();
      const expected = rows.map((row, i) => {
        if (!places.has(row)) places.set(row, i);
        return places.get(row);
      });
      expect(await firsts(rows).$toJS()).toEqual(expected);
      const few = kinds.slice(0, 5).map((kind) => kind(1));
      expect(await firsts([...few, ...few]).$toJS()).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    },
  },
];

export const conversionTable: readonly (ConversionRow & Row)[] = [
  ...dates,
  ...containers,
] as readonly (ConversionRow & Row)[];
