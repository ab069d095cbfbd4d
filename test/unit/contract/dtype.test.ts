import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import {
  arrayClassOf,
  type Dtype,
  DTYPES,
  dtypeOfArray,
  isDtype,
  parseDtype,
  TIME_UNITS,
} from '../../../src/contract/tensor.ts';

const NAMES = Object.keys(DTYPES) as (keyof typeof DTYPES)[];

test('an item is as many elements of its array class as the table says', () => {
  for (const name of NAMES) {
    const row = DTYPES[name];
    expect([name, arrayClassOf(name).BYTES_PER_ELEMENT * row.perItem]).toEqual([
      name,
      row.itemsize,
    ]);
  }
});

test('float16 has its own class only where the engine has one', () => {
  const own = 'Float16Array' in globalThis ? 'Float16Array' : 'Uint16Array';
  expect(arrayClassOf('float16').name).toBe(own);
  expect(arrayClassOf('bfloat16').name).toBe('Uint16Array');
});

test('reads every time unit, and multiples of it', () => {
  for (const unit of TIME_UNITS) {
    expect(parseDtype(`datetime64[${unit}]`)).toMatchObject({ name: 'datetime64', unit, count: 1 });
    expect(parseDtype(`timedelta64[25${unit}]`)).toMatchObject({ unit, count: 25, kind: 'm' });
  }
  expect(parseDtype('datetime64')).toMatchObject({ unit: null, count: 1, itemsize: 8 });
  expect(arrayClassOf('datetime64[ms]')).toBe(BigInt64Array);
});

test.each([
  'object',
  'str',
  '<U5',
  'void',
  'float128',
  '>f4',
  'float31',
  '',
  'constructor',
  '__proto__',
  'datetime64[]',
  'datetime64[0s]',
  'datetime64[weeks]',
  'float32[s]',
])('%j is no dtype that an array class holds', (text) => {
  expect(parseDtype(text)).toBeNull();
  expect(isDtype(text)).toBe(false);
});

test('an array tells its dtype, whatever its realm or subclass', () => {
  const expected: [unknown, Dtype | null][] = [
    [new Float32Array(1), 'float32'],
    [new BigUint64Array(1), 'uint64'],
    [new Uint8ClampedArray(1), 'uint8'],
    [Buffer.alloc(1), 'uint8'],
    [runInNewContext('new Int16Array(1)'), 'int16'],
    [new (class Mine extends Float64Array {})(1), 'float64'],
    [new DataView(new ArrayBuffer(1)), null],
    [new ArrayBuffer(1), null],
    [{ [Symbol.toStringTag]: 'Float32Array' }, null],
    [null, null],
    [undefined, null],
    ['Float32Array', null],
  ];
  for (const [value, dtype] of expected) expect(dtypeOfArray(value)).toBe(dtype);
});
