/**
 * Where layouts cross to and from native code: one array of numbers a JS thread, so that a call
 * makes no object but the buffer. The indices are those of `namespace scratch` in
 * src-native/tensor.h; test/native/tensor-tables.test.ts moves values through each of them.
 */
const DIMENSIONS = 64;

export const SCRATCH: {
  readonly dtype: 0;
  readonly dimensions: 1;
  readonly byteOffset: 2;
  readonly address: 3;
  readonly extentOffset: 4;
  readonly extentBytes: 5;
  readonly elements: 6;
  readonly readonly: 7;
  readonly reason: 8;
  readonly contiguous: 9;
  readonly shape: number;
  readonly strides: number;
  readonly length: number;
} = {
  dtype: 0,
  dimensions: 1,
  byteOffset: 2,
  address: 3,
  extentOffset: 4,
  extentBytes: 5,
  elements: 6,
  readonly: 7,
  reason: 8,
  contiguous: 9,
  shape: 16,
  strides: 16 + DIMENSIONS,
  length: 16 + 2 * DIMENSIONS,
};

export const MAX_DIMENSIONS: number = DIMENSIONS;

/** Of this JS thread. Native code keeps a pointer to its memory. */
export const scratch: Float64Array<ArrayBuffer> = new Float64Array(SCRATCH.length);

/** A number that is always there: every index of SCRATCH is inside the array. */
export function at(index: number): number {
  return scratch[index] as number;
}

/** `count` numbers from `start` on. */
export function list(start: number, count: number): number[] {
  const numbers = new Array<number>(count);
  for (let i = 0; i < count; i++) numbers[i] = scratch[start + i] as number;
  return numbers;
}
