// Two languages, one table: dtypes, reasons and the scratch are the same on both sides.
import { describe, expect, test } from 'vitest';

import { COPY_REASONS } from '../../src/contract/copies.ts';
import { type DtypeName, DTYPES } from '../../src/contract/dtype.ts';
import { idOf } from '../../src/in-process/own.ts';
import { loadBinding } from '../../src/native/load.ts';
import { copies } from '../../src/tensor/copies.ts';
import { tensor } from '../../src/tensor/make.ts';
import { scratch, SCRATCH } from '../../src/tensor/scratch.ts';
import { py } from './open.ts';

const binding = loadBinding();
const np = py.import('numpy');
const { strided } = py.exec(
  'import numpy as np\ndef strided(dtype):\n' +
    '    return np.zeros((5, 6, 7), dtype)[1::2, ::-2, 3:5]\n',
  { out: ['strided'] },
);
const id = (proxy: unknown): number => idOf(proxy) as unknown as number;

describe('tables', () => {
  test('dtypes have the same rows in the same order', () => {
    expect(binding.tensorTables().dtypes).toEqual(Object.keys(DTYPES));
  });

  test('copy reasons have the same rows in the same order', () => {
    expect(binding.tensorTables().reasons).toEqual([...COPY_REASONS]);
  });

  test.each(Object.keys(DTYPES).filter((name) => name !== 'bfloat16'))(
    'the item of %s has the same size',
    (name) => {
      expect(np.dtype(name).itemsize).toBe(DTYPES[name as DtypeName].itemsize);
    },
  );

  test('each copy is counted under its own reason', () => {
    const array = np.ones(3);
    COPY_REASONS.forEach((reason, index) => {
      copies.reset();
      binding.takeOutCopy(id(array), index);
      expect(copies()).toMatchObject({ count: 1, bytes: 24, reasons: { [reason]: 1 } });
    });
    copies.reset();
  });
});

describe('the scratch', () => {
  test('carries a layout out of Python, number by number', () => {
    scratch.fill(-9);
    const array = strided('int32');
    const buffer = binding.takeOut(id(array)) as ArrayBuffer;
    const first = array.ctypes.data as number;
    expect(scratch[SCRATCH.dtype]).toBe(Object.keys(DTYPES).indexOf('int32'));
    expect(scratch[SCRATCH.dimensions]).toBe(3);
    expect(scratch[SCRATCH.address]).toBe(first);
    expect(scratch[SCRATCH.elements]).toBe(2 * 3 * 2);
    expect(scratch[SCRATCH.readonly]).toBe(0);
    expect(scratch[SCRATCH.reason]).toBe(-1);
    expect(scratch[SCRATCH.contiguous]).toBe(0);
    expect([...scratch.slice(SCRATCH.shape, SCRATCH.shape + 3)]).toEqual([2, 3, 2]);
    expect([...scratch.slice(SCRATCH.strides, SCRATCH.strides + 3)]).toEqual([84, -14, 1]);
    // From the lowest element (two steps back on the second axis) to the highest.
    const extent = scratch[SCRATCH.extentBytes] as number;
    expect(extent).toBe((84 + 2 * 14 + 1 + 1) * 4);
    const offset = scratch[SCRATCH.byteOffset] as number;
    expect(offset - (scratch[SCRATCH.extentOffset] as number)).toBe(2 * 14 * 4);
    expect(binding.addressOf(new Uint8Array(buffer, offset))).toBe(first);
  });

  test('says why memory cannot be shared', () => {
    const array = np.ones(3);
    array.flags.writeable = false;
    expect(binding.takeOut(id(array))).toBeUndefined();
    expect(COPY_REASONS[scratch[SCRATCH.reason] as number]).toBe('read-only');
  });

  test('carries a layout into Python', () => {
    const t = tensor(py.alloc('float64', [60]).data, [2, 3, 2], {
      strides: [30, -6, 1],
      byteOffset: 160,
    });
    const array = py.toNumpy(t);
    expect(array.shape.$toJS()).toEqual([2, 3, 2]);
    expect(array.strides.$toJS()).toEqual([240, -48, 8]);
    expect(BigInt(array.ctypes.data)).toBe(t.address);
  });

  test('a layout of 64 dimensions fits', () => {
    const shape = new Array<number>(64).fill(1);
    const t = tensor(new Float32Array(1), shape);
    expect(py.toNumpy(t).ndim).toBe(64);
    expect(py.fromNumpy(np.ones(shape)).shape).toEqual(shape);
  });
});
