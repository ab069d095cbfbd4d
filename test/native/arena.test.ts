// The arena by its figures: where blocks go, what a window covers, when memory is used again.
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';

import { loadBinding } from '../../src/native/load.ts';
import { tensor } from '../../src/tensor/make.ts';
import { py } from './open.ts';

const np = py.import('numpy');
const stats = () => loadBinding().memoryStats();
const collect = (globalThis as unknown as { gc: () => void }).gc;
const { resize } = py.exec(
  'def resize(x, count):\n    x.resize(count, refcheck=False)\n    return x\n',
  { out: ['resize'] },
);

async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    collect();
    await turn();
    await turn();
    py.len('');
  }
}
afterEach(settle);

describe('blocks', () => {
  test('NumPy’s large memory is the arena’s, its small memory is not', async () => {
    await settle();
    const before = stats();
    expect(before.numpyAllocator).toBe(true);
    const small = np.ones(8191);
    expect(stats().blocks).toBe(before.blocks);
    const large = np.ones(8192);
    expect(stats().blocks).toBe(before.blocks + 1);
    expect(stats().used - before.used).toBe(65_536);
    small.$dispose();
    large.$dispose();
    expect(stats().blocks).toBe(before.blocks);
  });

  test('a window covers its block’s pages, or 1 MiB of small blocks', () => {
    const page = 4096;
    const large = py.fromNumpy(np.ones(32_769));
    expect(large.byteOffset).toBe(0);
    expect(large.data.buffer.byteLength).toBe(65 * page);
    const small = py.fromNumpy(np.ones(32_768));
    expect(small.data.buffer.byteLength).toBe(1 << 20);
    expect(small.byteOffset % page).toBe(0);
  });

  test('what came back is used again, with its window', () => {
    const take = (): readonly [bigint, ArrayBufferLike] => {
      const array = np.empty(100_000);
      const t = py.fromNumpy(array);
      const { buffer } = t.data;
      array.$dispose();
      const { address } = t;
      t.$dispose();
      return [address, buffer];
    };
    const first = take();
    const { windows } = stats();
    for (let i = 0; i < 20; i++) {
      const [address, buffer] = take();
      expect(address).toBe(first[0]);
      expect(buffer).toBe(first[1]);
    }
    expect(stats().windows).toBe(windows);
  });

  test('memory that was used before is zero where zeros are asked for', () => {
    for (const count of [10_000, 100_000]) {
      const array = np.full(count, 7);
      const { address } = py.fromNumpy(array);
      const t = py.fromNumpy(array);
      array.$dispose();
      t.$dispose();
      expect(address).toBeTypeOf('bigint');
      for (let i = 0; i < 4; i++) {
        expect(np.zeros(count).any()).toBe(false);
        expect(py.alloc('float64', [count]).data.every((x) => x === 0)).toBe(true);
      }
    }
  });

  test('an array that NumPy resizes keeps its data, and so does a view of what it was', () => {
    const array = np.arange(100_000);
    const before = py.fromNumpy(array);
    for (const count of [100_001, 400_000, 20_000, 100, 50_000]) {
      resize(array, count);
      const kept = Math.min(count, 100);
      expect(np.array_equal(array.$at(py.slice(0, kept)), np.arange(kept))).toBe(true);
    }
    expect(before.data[99_999]).toBe(99_999n);
  });

  test('a huge size is NumPy’s MemoryError, not the end of the process', () => {
    expect(() => np.empty(2 ** 45)).toThrow(/[Uu]nable to allocate/);
    expect(stats().reserved).toBeGreaterThan(2 ** 30);
  });
});

describe('dispose', () => {
  test('a tensor whose buffer was moved leaves its memory to the one that has it now', async () => {
    const t = py.fromNumpy(np.full(100_000, 5));
    const stream = new ReadableStream({
      type: 'bytes',
      start(controller) {
        const { buffer, byteOffset, byteLength } = t.data;
        controller.enqueue(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
      },
    });
    const { value } = await stream.getReader().read();
    t.$dispose();
    await settle();
    for (let i = 0; i < 50; i++) np.full(100_000, i);
    const moved = new BigInt64Array((value as Uint8Array).buffer as ArrayBuffer);
    expect(moved.subarray(0, 100_000).every((x) => x === 5n)).toBe(true);
  });

  test('a scope leaves the memory of what it returns, as tensor, reshaped, or as a view', () => {
    for (const count of [100_000, 10_000, 1000]) {
      const made = (value: number) => py.fromNumpy(np.full(count, value));
      const kept = py.scope(() => ({
        reshaped: tensor(made(1), [2, count / 2]),
        list: [made(2).data, made(3).data.subarray(5)],
        buffers: new Map([['own', made(4)]]),
        gone: made(5).data.length,
      }));
      for (let i = 0; i < 20; i++) np.full(count, 9);
      expect(kept.gone).toBe(count);
      expect(
        [kept.reshaped.data, ...kept.list, kept.buffers.get('own')?.data].map((d) => d?.[7]),
      ).toEqual([1n, 2n, 3n, 4n]);
    }
  });

  test('of memory that is Python’s own empties every view of it', () => {
    const t = py.fromNumpy(np.ones(1000));
    const { data } = t;
    t.$dispose();
    expect(data.length).toBe(0);
  });
});
