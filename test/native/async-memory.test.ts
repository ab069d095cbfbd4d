// Memory of arrays that calls of py.async gave.
import { expect, test } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { copies } from '../../src/tensor/copies.ts';
import { py } from './open.ts';

const face: any = py.async;
const np = face.import('numpy');

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const addressOf = (array: unknown): PromiseLike<string> =>
  face`hex(${array}.__array_interface__['data'][0])`;

test.each([12, 120_000])(
  'is the same memory here: %d elements and their strides',
  async (count) => {
    const whole = await np.arange(count, kw({ dtype: 'float32' })).reshape([3, -1]);
    const array = await whole.T;
    copies.reset();
    const made = await face.fromNumpy(array);
    expect(hex(made.address)).toBe(await addressOf(array));
    expect(made.shape).toEqual([count / 3, 3]);
    expect(made.strides).toEqual([1, count / 3]);
    made.data[1] = 7.5;
    expect(await array.$at(1, 0)).toBe(7.5);
    await array.$put(2, 0, 9.5);
    expect(made.data[2]).toBe(9.5);
    // The buffer of memory that is seen already is the same one.
    const again = await face.fromNumpy(whole);
    expect(again.data.buffer).toBe(made.data.buffer);
    const view = await whole.$view();
    expect([view.buffer, view.length]).toEqual([made.data.buffer, count]);
    expect(copies().count).toBe(0);
  },
);

test('is one buffer with what the synchronous face gives', async () => {
  for (const count of [10, 100_000]) {
    const zeros = py.import('numpy').zeros(count);
    const first = py.fromNumpy(zeros);
    const second = await face.fromNumpy(np.asarray(first));
    expect(second.address).toBe(first.address);
    expect(second.data.buffer).toBe(first.data.buffer);
  }
});

test('outlives its array', async () => {
  const made = await face.fromNumpy(np.full(50_000, 3));
  const small = await np.arange(5).$view();
  for (let i = 0; i < 50; i++) {
    await np.full(50_000, i);
    globalThis.gc?.();
  }
  expect(made.data.every((value: bigint) => value === 3n)).toBe(true);
  expect([...small]).toEqual([0n, 1n, 2n, 3n, 4n]);
  made.$dispose();
  expect(() => made.data).toThrow(/disposed/);
});

test('is a counted copy where it cannot be shared, or an error where that is forbidden', async () => {
  const { frozen, odd, gap, big, masked } = await face.exec(
    `
import numpy as np
frozen = np.frombuffer(b'12345678', 'uint8')
odd = np.zeros(9, 'uint8')[1:].view('float64')
gap = np.arange(6, dtype='int16')[::2]
big = np.zeros(2, '>f8')
masked = np.ma.masked_array([1, 2], [True, False])
`,
    { out: ['frozen', 'odd', 'gap', 'big', 'masked'] },
  );
  copies.reset();
  expect([...(await face.fromNumpy(frozen)).data]).toEqual([...Buffer.from('12345678')]);
  expect([...(await face.fromNumpy(odd)).data]).toEqual([0]);
  expect([...(await gap.$view())]).toEqual([0, 2, 4]);
  expect(copies()).toMatchObject({ count: 3, bytes: 22, reasons: { 'read-only': 1, strides: 2 } });
  const forbid = { copy: 'forbid' };
  await expect(face.fromNumpy(frozen, forbid)).rejects.toMatchObject({
    code: 'ERR_COPY_REQUIRED',
    reason: 'read-only',
  });
  await expect(gap.$view(forbid)).rejects.toMatchObject({ reason: 'strides' });
  expect((await face.fromNumpy(gap, forbid)).strides).toEqual([2]);
  await expect(face.fromNumpy(big)).rejects.toMatchObject({ code: 'ERR_DTYPE' });
  await expect(face.fromNumpy(masked)).rejects.toThrow(/which elements are masked/);
});

test('has every kind of dtype, no dimension, and no element', async () => {
  const times = await np.array(['2020-01-01'], kw({ dtype: 'datetime64[s]' }));
  expect((await face.fromNumpy(times)).dtype).toBe('datetime64[s]');
  const none = await face.fromNumpy(np.zeros([0, 3]));
  expect([none.shape, none.data.length]).toEqual([[0, 3], 0]);
  const single = await face.fromNumpy(np.array(2.5));
  expect([single.shape, single.data[0]]).toEqual([[], 2.5]);
  const complex = await face.fromNumpy(np.array([1, 2]).astype('complex64'));
  expect([complex.dtype, [...complex.data]]).toEqual(['complex64', [1, 0, 2, 0]]);
});
