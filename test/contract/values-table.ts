// What Python's values are in JavaScript: the second table of design.md, section 3, and $toJS
// (size-exempt: one table).
import { expect } from 'vitest';

import type { ConversionFace, ConversionRow } from './conversion-table.ts';

const evaluate = (face: ConversionFace, expression: string, setup = ''): any =>
  face.exec(`${setup}\nvalue = ${expression}`, { out: ['value'] })['value'];

async function thrown(run: () => unknown): Promise<any> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Exact builtins, and NumPy's numbers, by value. */
const BY_VALUE: readonly (readonly [expression: string, value: unknown])[] = [
  ['None', null],
  ['True', true],
  ['2**53 - 1', 9007199254740991],
  ['-(2**53 - 1)', -9007199254740991],
  ['2**53', 2n ** 53n],
  ['2**53 + 1', 2n ** 53n + 1n],
  ['-2**53', -(2n ** 53n)],
  ['2**63', 2n ** 63n],
  ['2**64 - 1', 2n ** 64n - 1n],
  ['2**64 + 1', 2n ** 64n + 1n],
  ['-2**64 - 1', -(2n ** 64n) - 1n],
  ['2**100', 2n ** 100n],
  ['10**400', 10n ** 400n],
  ['0.1', 0.1],
  ['-0.0', -0],
  ['float("nan")', NaN],
  ['float("inf")', Infinity],
  ['float("-inf")', -Infinity],
  ['5e-324', 5e-324],
  ['""', ''],
  ['"a\\0b"', 'a\0b'],
  ['"a😀bcd"', 'a😀bcd'],
  ['"é" * 300', 'é'.repeat(300)],
  ['"\\ud800"', '\ud800'],
  ['"\\udc00\\ud800 \\U0001f600"', '\udc00\ud800 😀'],
  ['np.bool_(True)', true],
  ['np.int8(-5)', -5],
  ['np.uint64(2**64 - 1)', 2n ** 64n - 1n],
  ['np.int64(2**53)', 2n ** 53n],
  ['np.float16(0.5)', 0.5],
  ['np.float32(0.1)', Math.fround(0.1)],
  ['np.float64("nan")', NaN],
];

const byValue: readonly ConversionRow[] = BY_VALUE.map(([expression, value]) => ({
  name: `Python’s ${expression} by value, alone and in data`,
  async run(face) {
    const setup = 'import numpy as np';
    expect(await evaluate(face, expression, setup)).toStrictEqual(value);
    const data = evaluate(face, `[${expression}, {"k": ${expression}}]`, setup);
    expect(await data.$toJS()).toStrictEqual([value, { k: value }]);
  },
}));

/** Everything else is a live proxy. */
const PROXIES = [
  '[1]',
  '(1,)',
  '{"a": 1}',
  '{1}',
  'frozenset()',
  'range(3)',
  'bytearray(b"x")',
  'memoryview(b"x")',
  '1j',
  'datetime.datetime(2020, 1, 1)',
  'datetime.date(2020, 1, 1)',
  'datetime.timedelta(1)',
  'decimal.Decimal("1.10")',
  'fractions.Fraction(1, 3)',
  'pathlib.Path("a")',
  'type("I", (int,), {})(3)',
  'type("S", (str,), {})("x")',
  'type("F", (float,), {})(1.5)',
  'type("B", (bytes,), {})(b"x")',
  'http.HTTPStatus.OK',
  'np.longdouble(1)',
  'np.complex128(1)',
  'np.datetime64(0, "s")',
  'np.str_("x")',
  'np.arange(3)',
];
const MODULES = 'import datetime, decimal, fractions, http, pathlib, uuid\nimport numpy as np';

const proxies: readonly ConversionRow[] = PROXIES.map((expression) => ({
  name: `Python’s ${expression} is a proxy, and goes back as itself`,
  async run(face) {
    const { box, value } = face.exec(`${MODULES}\nvalue = ${expression}\nbox = [value]`, {
      out: ['box', 'value'],
    });
    expect(typeof value).toBe('function');
    const same = face.exec('def same(a, b): return a is b[0]', { out: ['same'] })['same'];
    expect(await same(value, box)).toBe(true);
    // Also from inside of data that is copied.
    expect(await same({ value }, [{ value }])).toBe(false);
    expect(await evaluate(face, 'lambda a, b: a["v"] is b')({ v: value }, value)).toBe(true);
  },
}));

const CLASSES = `${MODULES}
import array, collections, dataclasses, enum, typing
@dataclasses.dataclass
class Point:
    x: int
    y: list
class Pair(typing.NamedTuple):
    left: int
    right: str
class Colour(enum.Enum):
    RED = 'r'
class Level(enum.IntEnum):
    HIGH = 3
Bare = type('Bare', (), {'__module__': None})
class Odd(dict): pass
`;

/** What `$toJS` makes of each. */
const DATA: readonly (readonly [expression: string, data: unknown])[] = [
  ['[1, (2, [3])]', [1, [2, [3]]]],
  ['{"a": {"b": None}}', { a: { b: null } }],
  ['{}', {}],
  [
    '{1: "x", "a": 2}',
    new Map<unknown, unknown>([
      [1, 'x'],
      ['a', 2],
    ]),
  ],
  ['{(1, 2): 3}', new Map([[[1, 2], 3]])],
  ['{1, 2}', new Set([1, 2])],
  ['frozenset({"a"})', new Set(['a'])],
  ['[{1}, {"k": {2: 3}}]', [new Set([1]), { k: new Map([[2, 3]]) }]],
  ['b"\\x00\\xff"', new Uint8Array([0, 255])],
  ['bytearray(b"ab")', new Uint8Array([97, 98])],
  ['memoryview(b"ab")', new Uint8Array([97, 98])],
  ['array.array("d", [1.5, 2])', new Float64Array([1.5, 2])],
  ['memoryview(array.array("h", [1, 2, 3, 4]))[::2]', new Int16Array([1, 3])],
  ['memoryview(array.array("q", [1]))', new BigInt64Array([1n])],
  [
    'memoryview(bytes(range(6))).cast("B", (2, 3))',
    { data: new Uint8Array([0, 1, 2, 3, 4, 5]), shape: [2, 3], dtype: 'uint8' },
  ],
  ['np.arange(3, dtype="f4")', new Float32Array([0, 1, 2])],
  ['np.arange(6, dtype="i4")[::2]', new Int32Array([0, 2, 4])],
  ['np.ones((1, 2))', { data: new Float64Array([1, 1]), shape: [1, 2], dtype: 'float64' }],
  ['[np.arange(2, dtype="u1")] * 2', [new Uint8Array([0, 1]), new Uint8Array([0, 1])]],
  ['np.float32(0.5)', 0.5],
  ['range(2)', [0, 1]],
  ['Point(1, [2])', { x: 1, y: [2] }],
  ['Pair(1, "b")', { left: 1, right: 'b' }],
  ['[Colour.RED, Level.HIGH]', ['r', 3]],
  ['Odd(a=1)', { a: 1 }],
  ['collections.OrderedDict(a=1)', { a: 1 }],
  ['collections.Counter("aab")', { a: 2, b: 1 }],
  ['type("L", (list,), {})([1])', [1]],
  ['[type("I", (int,), {})(2**60), type("S", (str,), {})("x")]', [2n ** 60n, 'x']],
  ['datetime.datetime(2020, 1, 2, 3, 4, 5, 6)', '2020-01-02T03:04:05.000006'],
  ['datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)', '2020-01-02T00:00:00+00:00'],
  ['datetime.date(2020, 1, 2)', '2020-01-02'],
  ['datetime.time(1, 2, 3, 4000)', '01:02:03.004000'],
  ['datetime.timedelta(days=1, seconds=3723, microseconds=500)', 'P1DT1H2M3.0005S'],
  ['-datetime.timedelta(microseconds=1)', '-PT0.000001S'],
  ['datetime.timedelta(0)', 'PT0S'],
  ['datetime.timedelta(weeks=2)', 'P14D'],
  ['np.datetime64("2020-01-02T03", "h")', '2020-01-02T03'],
  ['np.timedelta64(90, "s")', 'PT1M30S'],
  ['np.timedelta64(-1, "ns")', '-PT0.000000001S'],
  ['np.timedelta64(14, "M")', 'P14M'],
  ['decimal.Decimal("1.10")', '1.10'],
  ['fractions.Fraction(1, 3)', '1/3'],
  ['uuid.UUID(int=1)', '00000000-0000-0000-0000-000000000001'],
  ['pathlib.PurePosixPath("a/b")', 'a/b'],
  [
    '{"__proto__": 1, "a": 2}',
    Object.fromEntries([
      ['__proto__', 1],
      ['a', 2],
    ]),
  ],
  ['{"1": "x", "": None, "é😀": True}', { 1: 'x', '': null, 'é😀': true }],
];

const data: readonly ConversionRow[] = DATA.map(([expression, expected]) => ({
  name: `$toJS of ${expression}`,
  async run(face) {
    const value = evaluate(face, `[${expression}]`, CLASSES);
    const made = (await value.$toJS())[0];
    expect(made).toStrictEqual(expected);
    // In the middle of rows, behind other shapes, too.
    const rows = evaluate(face, `[{"i": 1}, {"v": ${expression}}, {"i": 2}]`, CLASSES);
    expect(await rows.$toJS()).toStrictEqual([{ i: 1 }, { v: expected }, { i: 2 }]);
  },
}));

/** No data: an error with the path, or a proxy where one asks for it. */
const NO_DATA: readonly (readonly [expression: string, path: string])[] = [
  ['{"a": [object()]}', 'value.a[0]'],
  ['[1, {"no name": 1j}]', "value[1]['no name']"],
  ['{1: {2: print}}', 'value[1][2]'],
  ['[Bare()]', 'value[0]'],
  ['[Point]', 'value[0]'],
  ['Point(1, [np.longdouble(1)])', 'value.y[0]'],
  ['[datetime]', 'value[0]'],
  ['{"k": np.array([None])}', 'value.k'],
  ['{"k": np.array(["a"])}', 'value.k'],
  ['[[], memoryview(b"a").cast("c")]', 'value[1]'],
  ['[np.datetime64("NaT")]', 'value[0]'],
];

const noData: readonly ConversionRow[] = NO_DATA.map(([expression, path]) => ({
  name: `$toJS refuses ${expression} with its path`,
  async run(face) {
    const error = await thrown(() => evaluate(face, expression, CLASSES).$toJS());
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_CONVERSION', path });
    expect(error.message).toContain(path);
  },
}));

const options: readonly ConversionRow[] = [
  {
    name: '$toJS keeps sharing and cycles',
    async run(face) {
      const setup =
        'a = [1]\nm = {2: a}\nm[3] = m\nx = {"a": a, "b": [a], "m": m, "t": (a,)}\n' +
        'x["self"] = x\nx["b"].append(x["b"])';
      const x = await evaluate(face, 'x', setup).$toJS();
      expect(x.b[0]).toBe(x.a);
      expect(x.m.get(2)).toBe(x.a);
      expect(x.m.get(3)).toBe(x.m);
      expect(x.t[0]).toBe(x.a);
      expect(x.self).toBe(x);
      expect(x.b[1]).toBe(x.b);
      const p = await evaluate(
        face,
        '[p, p]',
        `${CLASSES}\np = Point(1, [])\np.y.append(p)`,
      ).$toJS();
      expect(p[0]).toBe(p[1]);
      expect(p[0].y[0]).toBe(p[0]);
    },
  },
  {
    name: '$toJS with depth, and with proxies for what is no data',
    async run(face) {
      const value = evaluate(face, '[[1, [2]], {"k": (3,)}, 4]');
      const one = await value.$toJS({ depth: 1 });
      expect(await one[0].$toJS()).toEqual([1, [2]]);
      expect(await one[1].$at('k')[0]).toBe(3);
      expect(one[2]).toBe(4);
      const mixed = await evaluate(face, '[print, {"k": 1j}]').$toJS({ fallback: 'proxy' });
      expect(typeof mixed[0]).toBe('function');
      expect(await mixed[1].k.imag).toBe(1);
    },
  },
  {
    name: '$toJS with dates: a Date, or a RangeError where that would lose something',
    async run(face) {
      const at = (text: string): any =>
        evaluate(face, `[datetime.${text}]`, MODULES).$toJS({ dates: 'date' });
      const utc = 'tzinfo=datetime.timezone.utc';
      expect(await at(`datetime(2020, 1, 2, 3, 4, 5, 6000, ${utc})`)).toEqual([
        new Date('2020-01-02T03:04:05.006Z'),
      ]);
      expect(await at(`datetime(1, 1, 1, ${utc})`)).toEqual([new Date(-62_135_596_800_000)]);
      const lossy = ['datetime(2020, 1, 1)', `datetime(2020, 1, 1, 0, 0, 0, 1, ${utc})`];
      lossy.push('date(2020, 1, 1)', 'time(1)', 'timedelta(1)');
      for (const text of lossy) {
        const error = await thrown(() => at(text));
        expect(error).toBeInstanceOf(RangeError);
        expect(error).toMatchObject({ code: 'ERR_CONVERSION' });
        expect(error.message).toContain('value[0]');
      }
    },
  },
  {
    name: '$toDate: of aware, naive, date and datetime64',
    async run(face) {
      const of = (text: string): any => evaluate(face, text, MODULES);
      const noon = 'datetime.datetime(2020, 7, 1, 12, 0, 0, 1000)';
      const utc = 'tzinfo=datetime.timezone.utc';
      expect(await of(`${noon}.replace(${utc})`).$toDate()).toEqual(
        new Date('2020-07-01T12:00:00.001Z'),
      );
      expect(await of(noon).$toDate({ zone: 'UTC' })).toEqual(new Date('2020-07-01T12:00:00.001Z'));
      expect(await of('datetime.date(2020, 7, 1)').$toDate({ zone: 'UTC' })).toEqual(
        new Date('2020-07-01T00:00:00Z'),
      );
      expect(await of('np.datetime64("2020-07-01T12:00:00.5")').$toDate({ zone: 'UTC' })).toEqual(
        new Date('2020-07-01T12:00:00.500Z'),
      );
      expect((await thrown(() => of(noon).$toDate())).message).toContain("{ zone: 'UTC' }");
      for (const text of [
        `datetime.datetime(2020, 1, 1, 0, 0, 0, 1, ${utc})`,
        'np.datetime64(1, "ns")',
      ]) {
        expect(await thrown(() => of(text).$toDate({ zone: 'UTC' }))).toBeInstanceOf(RangeError);
      }
      for (const text of ['[1]', 'np.datetime64("NaT")', 'np.arange(3)']) {
        const error = await thrown(() => of(text).$toDate({ zone: 'UTC' }));
        expect(error).toMatchObject({ code: 'ERR_CONVERSION' });
      }
    },
  },
  {
    name: 'keys and members that only Python tells apart are refused with their path',
    async run(face) {
      for (const expression of [
        '{"k": {decimal.Decimal("1.0"): 1, "1.0": 2}}',
        '{"k": {float("nan"): 1, float("nan"): 2}}',
        '{"k": {uuid.UUID(int=0), str(uuid.UUID(int=0))}}',
      ]) {
        const error = await thrown(() => evaluate(face, expression, MODULES).$toJS());
        expect(error).toMatchObject({ code: 'ERR_CONVERSION', path: 'value.k' });
      }
    },
  },
  {
    name: 'data that changes while it is converted is refused, never a crash',
    async run(face) {
      const setup =
        'x = []\nclass Evil(dict):\n  def __iter__(self):\n    x.clear()\n    return iter({})\n' +
        '  def keys(self):\n    x.clear()\n    return []\nx += [Evil(a=1), [1], [2]]';
      const error = await thrown(() => evaluate(face, 'x', setup).$toJS());
      expect(error).toMatchObject({ code: 'ERR_CONVERSION' });
    },
  },
  {
    name: '100 MB of text, and a list of a million numbers, both ways',
    async run(face) {
      const text = 'aé😀\0'.repeat(20_000_000);
      const { list, len } = face.import('builtins');
      expect((await list([text]).pop()) === text).toBe(true);
      expect(await len(text)).toBe(80_000_000);
      const numbers = Array.from({ length: 1_000_000 }, (_, i) => (i % 2 === 0 ? i : i + 0.5));
      expect(await list(numbers).$toJS()).toEqual(numbers);
    },
  },
  {
    name: 'more shapes of records than one conversion remembers',
    async run(face) {
      const rows = Array.from({ length: 300 }, (_, i) =>
        Object.fromEntries(Array.from({ length: i % 70 }, (__, k) => [`k${i}_${k}`, [k, { i }]])),
      );
      expect(await face.import('builtins').list(rows).$toJS()).toEqual(rows);
    },
  },
  {
    name: 'JSON.stringify of a proxy is that of its data',
    run(face) {
      const value = evaluate(
        face,
        '{"a": [1, None, "x"], "d": datetime.date(2020, 1, 2)}',
        MODULES,
      );
      expect(JSON.stringify({ value })).toBe('{"value":{"a":[1,null,"x"],"d":"2020-01-02"}}');
    },
  },
];

export const valuesTable: readonly ConversionRow[] = [
  ...byValue,
  ...proxies,
  ...data,
  ...noData,
  ...options,
];
