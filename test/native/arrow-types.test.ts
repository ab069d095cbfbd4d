// Every type that apache-arrow can hold, whole and sliced, both ways. What IPC gives, by code that
// is neither side's nor ours, is the oracle.
import { fileURLToPath } from 'node:url';

import { tableFromIPC, type Vector } from 'apache-arrow';
import { beforeEach, describe, expect, test } from 'vitest';

import { ConversionError } from '../../src/errors/errors.ts';
import { copies } from '../../src/tensor/copies.ts';
import { py } from './open.ts';

py.import('sys').path.append(fileURLToPath(new URL('../fixtures/arrow', import.meta.url)));
const cases = py.import('arrow_cases');
const names = py.builtins.list(cases.CASES).$toJS() as string[];

const SLICES = [
  ['whole', 0, 20],
  ['from 3 to 14', 3, 14],
  ['from 8 to 16', 8, 16],
  ['nothing', 5, 5],
] as const;

/** The array as the IPC route has it. */
function byIpc(array: unknown): Vector {
  const table = tableFromIPC(cases.ipc(array) as Uint8Array);
  return table.getChildAt(0) as Vector;
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  if (value instanceof Map) return [...value].map(plain);
  if (Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(plain);
  const { toJSON } = value as { toJSON?: () => unknown };
  return typeof toJSON === 'function' ? plain(toJSON.call(value)) : { ...value };
}

const valuesOf = (vector: Vector): unknown[] => [...vector].map(plain);

describe.each(SLICES)('%s', (_slice, start, stop) => {
  beforeEach(() => {
    copies.reset();
  });

  // apache-arrow has no way to read values by 64-bit indices, IPC's or ours: the round trip shows them.
  const readable = names.filter((name) => name !== 'dictionary<int64>');
  test.each(readable)('%s: Python to JavaScript', (name) => {
    const array = cases.case(name, start, stop);
    const expected = byIpc(array);
    const got = py.fromArrow(array) as Vector;
    expect(String(got.type)).toBe(String(expected.type));
    expect(got.length).toBe(expected.length);
    expect(valuesOf(got)).toEqual(valuesOf(expected));
    expect(got.nullCount).toBe(expected.nullCount);
    expect(copies().count).toBe(0);
  });

  test.each(names)('%s: JavaScript to Python', (name) => {
    const given = byIpc(cases.case(name, 0, 20)).slice(start, stop);
    copies.reset();
    const got = py.toArrow(given) as { combine_chunks(): unknown };
    const array = py.isinstance(got, py.import('pyarrow').ChunkedArray)
      ? got.combine_chunks()
      : got;
    expect(cases.same(array, cases.case(name, start, stop))).toBeNull();
    // Bitmaps that began inside a byte, and nothing else: each has one bit a value, of 40 at most.
    const { count, bytes, reasons } = copies();
    expect(count).toBe(reasons.strides);
    expect(bytes).toBeLessThanOrEqual(count * 5);
    if (start % 8 === 0) expect(count).toBe(0);
  });

  test.each(names)('%s: there and back', (name) => {
    const array = cases.case(name, start, stop);
    const back = py.toArrow(py.fromArrow(array)) as unknown;
    expect(cases.same(back, array)).toBeNull();
  });
});

test.each(['+r', '+vl', '+vL'])(
  '%s has no type in apache-arrow, and the error says so',
  (format) => {
    const array = cases.UNSUPPORTED.$at(format) as unknown;
    expect(() => py.fromArrow(array)).toThrow(ConversionError);
    expect(() => py.fromArrow(array)).toThrow(`'${format}': cast it`);
  },
);
