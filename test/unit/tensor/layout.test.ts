import { describe, expect, it } from 'vitest';

import { ConversionError } from '../../../src/errors/errors.ts';
import { elementsOf, isRowMajor, reach, rowMajor } from '../../../src/tensor/layout.ts';

describe('elementsOf', () => {
  it.each([
    [[], 1],
    [[0], 0],
    [[2, 3], 6],
    [[5, 0, 7], 0],
  ])('%j has %i', (shape, elements) => {
    expect(elementsOf(shape)).toBe(elements);
  });

  it.each([
    [[-1]],
    [[1.5]],
    [[NaN]],
    [['2']],
    [[2n]],
    [new Array<number>(65).fill(1)],
    [[1e10, 1e10]],
  ])('refuses %o', (shape) => {
    expect(() => elementsOf(shape as number[])).toThrow(ConversionError);
  });

  it.each([[null], [3], ['23'], [new Float64Array(2)]])(
    'refuses %s instead of an array',
    (shape) => {
      expect(() => elementsOf(shape as unknown as number[])).toThrow(ConversionError);
    },
  );
});

describe('strides', () => {
  it('in C order without gaps', () => {
    expect(rowMajor([2, 3, 4])).toEqual([12, 4, 1]);
    expect(rowMajor([])).toEqual([]);
  });

  it.each([
    [[2, 3], [3, 1], true],
    [[2, 3], [1, 2], false],
    [[2, 3], [6, 2], false],
    [[1, 3], [99, 1], true],
    [[3, 1], [1, -7], true],
    [[0, 3], [5, 5], true],
    [[4], [-1], false],
    [[3, 4], [0, 1], false],
    [[], [], true],
  ])('shape %j, strides %j: contiguous %s', (shape, strides, contiguous) => {
    expect(isRowMajor(shape, strides)).toBe(contiguous);
  });

  it.each([
    [[4], [1], { low: 0, high: 4 }],
    [[4], [-1], { low: -3, high: 1 }],
    [[2, 3], [-3, 2], { low: -3, high: 5 }],
    [[3, 4], [0, 1], { low: 0, high: 4 }],
    [[], [], { low: 0, high: 1 }],
    [[5, 0], [-9, 9], { low: 0, high: 0 }],
  ])('shape %j, strides %j reach %j', (shape, strides, range) => {
    expect(reach(shape, strides)).toEqual(range);
  });
});
