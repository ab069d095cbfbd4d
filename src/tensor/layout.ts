import type { Dtype, ParsedDtype } from '../contract/dtype.ts';
import { ConversionError } from '../errors/errors.ts';
import { MAX_DIMENSIONS } from './scratch.ts';

/** Where a tensor's elements lie. Strides in elements, offsets in bytes. */
export interface Layout {
  readonly dtype: Dtype;
  readonly parsed: ParsedDtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly contiguous: boolean;
  /** Of the first element, from the start of the buffer. */
  readonly byteOffset: number;
}

/** Elements of a shape; refuses what is no shape. */
export function elementsOf(shape: readonly number[]): number {
  if (!Array.isArray(shape)) {
    throw new ConversionError('a tensor’s shape is an array of numbers, such as [2, 3]');
  }
  if (shape.length > MAX_DIMENSIONS) {
    throw new ConversionError(
      `a tensor has at most ${String(MAX_DIMENSIONS)} dimensions, not ${String(shape.length)}`,
    );
  }
  let elements = 1;
  for (const size of shape as readonly unknown[]) {
    if (!Number.isSafeInteger(size) || (size as number) < 0) {
      throw new ConversionError(
        `a tensor’s shape holds whole numbers from 0 up, not ${String(size)}`,
      );
    }
    elements *= size as number;
  }
  if (!Number.isSafeInteger(elements)) {
    throw new ConversionError(`a tensor of shape [${shape.join(', ')}] has too many elements`);
  }
  return elements;
}

/** C order without gaps. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

/** Whether strides walk the shape in C order without gaps; axes of length 1 do not matter. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number;
    if (size !== 1 && strides[i] !== step) return false;
    step *= size;
  }
  return true;
}

/** Lowest and one past the highest element, from the first one, in elements. */
export function reach(
  shape: readonly number[],
  strides: readonly number[],
): { readonly low: number; readonly high: number } {
  let low = 0;
  let high = 1;
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i] as number;
    if (size === 0) return { low: 0, high: 0 };
    const far = (strides[i] as number) * (size - 1);
    if (far < 0) low += far;
    else high += far;
  }
  return { low, high };
}
