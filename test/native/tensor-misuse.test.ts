// Wrong uses of tensors: one clear error each, nothing lost, and never a fault.
import { constants } from 'node:buffer';

import { describe, expect, test } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { copies } from '../../src/tensor/copies.ts';
import { tensor } from '../../src/tensor/make.ts';
import { py } from './open.ts';

const np = py.import('numpy');

describe('larger than any buffer of this Node', () => {
  // Newer engines have no such limit in reach.
  const over = constants.MAX_LENGTH + 1;
  const reachable = over < 2 ** 34;

  test.skipIf(!reachable)('is a RangeError', () => {
    expect(() => py.alloc('uint8', [over])).toThrow(RangeError);
    const large = np.zeros(over, kw({ dtype: 'u1' })); // untouched pages cost nothing
    expect(() => py.fromNumpy(large)).toThrow(/largest buffer/);
    expect(() => large.$view()).toThrow(/largest buffer/);
    expect(() => py.fromNumpy(large, { copy: 'forbid' })).toThrow(/engine/);
  });

  test.skipIf(!reachable)('bytes of that size are refused', () => {
    expect(() => py.builtins.bytes(over)).toThrow(/fit in no buffer/);
  });

  test.skipIf(!reachable)('a part of it is a counted copy', () => {
    const part = np.zeros(over, kw({ dtype: 'u1' })).$at('7:12');
    copies.reset();
    expect(py.fromNumpy(part).data).toEqual(new Uint8Array(5));
    expect(copies().reasons.engine).toBe(1);
  });

  test.skipIf(!reachable)('a view that repeats few elements is one too', () => {
    const repeated = np.lib.stride_tricks.as_strided(np.zeros(4, 'u1'), [over], [0]);
    expect(() => repeated.$view()).toThrow(RangeError);
  });
});

describe('what native code goes by cannot be changed', () => {
  test.each(['shape', 'strides'] as const)('%s', (name) => {
    const made = tensor(new Float64Array(6), [2, 3]);
    const list = made[name] as number[];
    expect(() => (list.length = 100)).toThrow(TypeError);
    expect(() => (list[0] = 7)).toThrow(TypeError);
    expect(py.toNumpy(made).size).toBe(6);
  });
});

describe('a mistake costs no data', () => {
  test.each([
    ['shape', [5], {}],
    ['dtype', undefined, { dtype: 'int32' }],
    ['no dtype', undefined, { dtype: 'nope' }],
    ['strides', [4], { strides: [9] }],
    ['offset', undefined, { byteOffset: 3 }],
  ])('move with a wrong %s', (_, shape, options) => {
    const data = new Float64Array([1, 2, 3, 4]);
    expect(() => tensor(data, shape, { ...options, move: true } as never)).toThrow();
    expect(data).toEqual(new Float64Array([1, 2, 3, 4]));
  });

  test('move takes over what is right', () => {
    const data = new Float64Array([1, 2, 3, 4]);
    expect(tensor(data, [2, 2], { move: true }).data).toEqual(new Float64Array([1, 2, 3, 4]));
    expect(data.length).toBe(0);
  });
});

describe('options', () => {
  const array = np.arange(3);
  test.each([{ copy: 'never' }, { cpy: 'forbid' }, 5])('%j is refused', (options) => {
    const wrong = options as never;
    expect(() => py.fromNumpy(array, wrong)).toThrow(TypeError);
    expect(() => py.toNumpy(new Float32Array(2), wrong)).toThrow(TypeError);
    expect(() => array.$view(wrong)).toThrow(TypeError);
    expect(() => tensor(new Float32Array(2), [2], wrong)).toThrow(TypeError);
  });

  test.each([{ move: 'x' }, { strides: 'x' }, { strides: [0.5] }])('%j is refused', (options) => {
    expect(() => tensor(new Float32Array(2), [2], options as never)).toThrow(TypeError);
  });
});

describe('elements that only a copy can give', () => {
  const only = py.exec(
    `
import numpy as np
class Only:
    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("needs a copy")
        return np.arange(3.0)
x = Only()
`,
    { out: ['x'] },
  )['x'];

  test('are refused or counted', () => {
    expect(() => py.fromNumpy(only, { copy: 'forbid' })).toThrow(
      expect.objectContaining({ code: 'ERR_COPY_REQUIRED', reason: 'dtype' }) as Error,
    );
    copies.reset();
    expect(py.fromNumpy(only).data).toEqual(new Float64Array([0, 1, 2]));
    expect(copies().count).toBe(1);
  });
});

test('detached data says so', () => {
  const data = new Float64Array(3);
  const { buffer } = data;
  structuredClone(buffer, { transfer: [buffer] });
  expect(() => tensor(data)).toThrow(/detached/);
  expect(() => tensor(buffer)).toThrow(/detached/);
});
