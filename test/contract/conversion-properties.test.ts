// Round trips of whatever fast-check thinks of. Seeds are printed where one fails.
import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];
const py = open(project === undefined ? {} : { project });

/** Any UTF-16, lone surrogates and NUL too. */
const text = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((u) => String.fromCharCode(u)),
});
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  text,
  fc.date({
    min: new Date(-62_135_596_800_000),
    max: new Date(253_402_300_799_999),
    noInvalidDate: true,
  }),
  fc.uint8Array(),
);
const { data } = fc.letrec((tie) => ({
  data: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalar,
    fc.array(tie('data')),
    fc.dictionary(
      fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '1', 'a')),
      tie('data'),
    ),
    fc
      .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.bigInt({ min: 2n ** 60n })))
      .chain((keys) =>
        fc.array(tie('data'), { minLength: keys.length, maxLength: keys.length }).map((values) =>
          // Keys that are all texts come back as an object.
          keys.some((key) => typeof key !== 'string')
            ? new Map(keys.map((key, i) => [key, values[i]]))
            : values,
        ),
      ),
    fc.uniqueArray(fc.oneof(text, fc.integer())).map((members) => new Set(members)),
  ),
}));

/** What comes back is a copy: bytes go as a view of the same memory, so a list of them is compared. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, plain(v)]));
  if (value instanceof Set || value instanceof Date || typeof value !== 'object') return value;
  if (value === null) return null;
  const entries = Object.entries(value).map(([k, v]) => [k, plain(v)]);
  return Object.fromEntries(entries);
};

/** Not by the test runner, which takes a key named `constructor` for the class. */
function same(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
  expect(isDeepStrictEqual(actual, expected)).toBe(true);
}

const runs = { numRuns: 200 };

describe('whatever crosses comes back', () => {
  const { list } = py.import('builtins');

  test('alone', () => {
    fc.assert(
      fc.property(scalar, (value) => {
        if (value instanceof Uint8Array) return;
        expect(list([value]).pop()).toStrictEqual(value);
      }),
      runs,
    );
  });

  test('as nested data', () => {
    fc.assert(
      fc.property(data, (value) => {
        same(list([value]).$toJS()[0], plain(value));
      }),
      runs,
    );
  });

  test('as Python’s own JSON has it, where JSON can say it', () => {
    const { dumps } = py.import('json');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        same(JSON.parse(dumps(value)), plain(value));
      }),
      runs,
    );
  });
});

describe('what Python makes comes out whole', () => {
  const { make } = py.exec(
    `
import json, random
def make(seed):
    r = random.Random(seed)
    def value(depth):
        kind = r.randrange(9 if depth else 6)
        if kind == 0: return r.choice([None, True, False])
        if kind == 1: return r.randint(-2**53 + 1, 2**53 - 1)
        if kind == 2: return r.uniform(-1e300, 1e300)
        if kind <= 5: return ''.join(chr(r.choice([r.randrange(32, 127), r.randrange(0xd7ff)])) for _ in range(r.randrange(20)))
        if kind == 6: return [value(depth - 1) for _ in range(r.randrange(6))]
        if kind == 7: return {f'k{i}': value(depth - 1) for i in range(r.randrange(80))}
        return tuple(value(depth - 1) for _ in range(3))
    made = value(4)
    return [made, json.dumps(made)]
`,
    { out: ['make'] },
  );

  test('as JSON has it', () => {
    for (let seed = 0; seed < 200; seed++) {
      const [made, json] = make(seed).$toJS();
      expect(made).toStrictEqual(JSON.parse(json));
    }
  });
});
