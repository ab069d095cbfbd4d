// tensor() without Python: what it accepts, what it refuses, where the elements then lie.
import { describe, expect, it } from 'vitest';

import { ConversionError, DtypeError } from '../../../src/errors/errors.ts';
import type { Dtype, TensorSource } from '../../../src/contract/tensor.ts';
import { tensor } from '../../../src/tensor/make.ts';

describe('tensor()', () => {
  it('shares a typed array', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const t = tensor(data, [2, 3]);
    expect(t).toMatchObject({ dtype: 'float32', shape: [2, 3], strides: [3, 1], byteOffset: 0 });
    expect(t.data.buffer).toBe(data.buffer);
    data[4] = 50;
    expect(t.data[4]).toBe(50);
  });

  it('knows the part of a buffer that a view shows', () => {
    const all = new Float64Array(10);
    const t = tensor(all.subarray(2, 6));
    expect(t).toMatchObject({ shape: [4], byteOffset: 16, readonly: false });
    expect(t.data.length).toBe(4);
  });

  it.each([
    [new Uint8ClampedArray(4), 'uint8'],
    [Buffer.alloc(4), 'uint8'],
    [new BigInt64Array(4), 'int64'],
    [new SharedArrayBuffer(4), 'uint8'],
    [new ArrayBuffer(4), 'uint8'],
  ] as [TensorSource, Dtype][])('%o is %s', (source, dtype) => {
    expect(tensor(source).dtype).toBe(dtype);
  });

  it('reads raw bytes as the dtype that was asked for', () => {
    const t = tensor(new ArrayBuffer(64), { dtype: 'complex128' });
    expect(t.shape).toEqual([4]);
    expect(t.data).toBeInstanceOf(Float64Array);
    expect(t.data.length).toBe(8);
    expect(tensor(Buffer.alloc(16), [2], { dtype: 'float64' }).data).toBeInstanceOf(Float64Array);
    expect(tensor(new Uint16Array(3), { dtype: 'bfloat16' }).dtype).toBe('bfloat16');
    expect(tensor(new Uint8Array(3), { dtype: 'bool' }).dtype).toBe('bool');
    expect(tensor(new BigInt64Array(3), { dtype: 'datetime64[ns]' }).dtype).toBe('datetime64[ns]');
  });

  it('takes strides and an offset', () => {
    const t = tensor(new Int32Array(12), [3, 2], { strides: [-4, 2], byteOffset: 32 });
    expect(t.strides).toEqual([-4, 2]);
    expect(t.byteOffset).toBe(32);
    expect(t.data.byteOffset).toBe(0);
    expect(t.data.length).toBe(11);
  });

  it.each([
    ['scijs', { data: new Float32Array(6), shape: [3, 2], stride: [1, 3], offset: 0 }, [1, 3]],
    ['onnxruntime', { data: new Float32Array(6), dims: [2, 3], type: 'float32' }, [3, 1]],
    ['a name of their own', { data: new Float32Array(6), dims: [6], type: 'float' }, [1]],
    ['scijs’ dtype of the holder', { data: new Float32Array(6), shape: [6], dtype: 'array' }, [1]],
  ] as [string, TensorSource, number[]][])('reads the tensor of %s', (_, like, strides) => {
    const t = tensor(like);
    expect(t.dtype).toBe('float32');
    expect(t.strides).toEqual(strides);
  });

  it('makes a tensor of a tensor over the same memory', () => {
    const first = tensor(new Float32Array(6), [2, 3]);
    const again = tensor(first, [3, 2]);
    expect(again.data.buffer).toBe(first.data.buffer);
    expect(again.shape).toEqual([3, 2]);
    const part = tensor(new Int8Array(8), [4], { strides: [-2], byteOffset: 7 });
    expect(tensor(part)).toMatchObject({ strides: [-2], byteOffset: 7, shape: [4] });
    expect(() => tensor(part, [2, 2])).toThrow(ConversionError);
  });

  it('copies the elements in order for toOwned()', () => {
    const t = tensor(Int16Array.of(0, 1, 2, 3, 4, 5), [3, 2], { strides: [1, 3] });
    const owned = t.toOwned();
    expect([...owned.data]).toEqual([0, 3, 1, 4, 2, 5]);
    expect(owned).toMatchObject({ strides: [2, 1], byteOffset: 0, shape: [3, 2] });
    const complex = tensor(Float32Array.of(1, -1, 2, -2), [2], {
      dtype: 'complex64',
      strides: [-1],
      byteOffset: 8,
    });
    expect([...complex.toOwned().data]).toEqual([2, -2, 1, -1]);
    structuredClone(owned.data.buffer, { transfer: [owned.data.buffer as ArrayBuffer] });
    expect(t.data[5]).toBe(5);
  });

  it('shows its shape and dtype to an inspector', async () => {
    const { inspect } = await import('node:util');
    expect(inspect(tensor(new Float32Array(6), [2, 3]))).toBe('Tensor(float32 [2, 3])');
  });

  it.each([
    ['nothing', null, undefined, {}],
    ['a number', 3, undefined, {}],
    ['a list', [1, 2, 3], undefined, {}],
    ['a DataView', new DataView(new ArrayBuffer(8)), undefined, {}],
    ['data that is a list', { data: [1, 2], shape: [2] }, undefined, {}],
    ['too large a shape', new Float32Array(4), [5], {}],
    ['too small a shape', new Float32Array(4), [3], {}],
    ['a shape of fractions', new Float32Array(4), [1.5], {}],
    ['strides that reach out', new Float32Array(4), [3], { strides: [2] }],
    ['strides that reach back', new Float32Array(4), [3], { strides: [-1] }],
    ['too few strides', new Float32Array(4), [2, 2], { strides: [1] }],
    ['an offset outside', new Float32Array(4), [1], { byteOffset: 20 }],
    ['a negative offset', new Float32Array(4), [1], { byteOffset: -4 }],
    ['an offset within an element', new Float32Array(4), [1], { byteOffset: 2, strides: [1] }],
    ['shared memory that is to be moved', new SharedArrayBuffer(8), undefined, { move: true }],
    ['a pool slice that is to be moved', Buffer.from('pool'), undefined, { move: true }],
  ])('refuses %s', (_, source, shape, options) => {
    expect(() => tensor(source as TensorSource, shape, options)).toThrow(ConversionError);
  });

  it.each(['object', '>f4', 'float128', 'complex', '<f4', 5])('refuses the dtype %s', (dtype) => {
    const options = { dtype: dtype as Dtype };
    expect(() => tensor(new ArrayBuffer(8), options)).toThrow(DtypeError);
  });

  it('refuses a dtype that the array does not hold', () => {
    expect(() => tensor(new Float32Array(4), { dtype: 'int32' })).toThrow(DtypeError);
    expect(() => tensor(new BigInt64Array(4), { dtype: 'float64' })).toThrow(DtypeError);
  });
});
