import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';

import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';

import { ProtocolError } from '../../../src/errors/worker-errors.ts';
import { Parcels, ResultFile } from '../../../src/pool/parcels.ts';

const closed: (() => void)[] = [];
afterEach(() => {
  for (const close of closed.splice(0)) close();
});

function opened<T extends { close(): void }>(made: T): T {
  closed.push(() => {
    made.close();
  });
  return made;
}

function read(from: number, place: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  expect(readSync(from, bytes, 0, count, place)).toBe(count);
  return bytes;
}

test('what lies in the file stays what it is until it is freed, in any order', () => {
  const parcels = opened(new Parcels());
  let mark = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20_000), fc.nat(9)), { maxLength: 40 }), (steps) => {
      const kept: { place: number; bytes: Uint8Array }[] = [];
      for (const [size, which] of steps) {
        if (which < 4 && kept.length > 0) {
          const [gone] = kept.splice(which % kept.length, 1);
          parcels.free([gone?.place ?? -1]);
        } else {
          mark += 1;
          const bytes = new Uint8Array(size + 1).fill(mark % 251);
          kept.push({ place: parcels.put(bytes), bytes });
        }
        for (const { place, bytes } of kept) {
          expect(read(parcels.readOnly, place, bytes.length)).toEqual(bytes);
        }
      }
      parcels.free(kept.map(({ place }) => place));
      // Freed to the last: the next one begins at the beginning.
      const first = parcels.put(new Uint8Array(1));
      expect(first).toBe(0);
      parcels.free([first]);
    }),
    { seed: 11, numRuns: 60 },
  );
});

test('workers may only read', () => {
  const parcels = opened(new Parcels());
  parcels.put(new Uint8Array(8));
  expect(() => writeSync(parcels.readOnly, new Uint8Array(1), 0, 1, 0)).toThrow(/EBADF/);
  expect(() => {
    ftruncateSync(parcels.readOnly, 0);
  }).toThrow(/EINVAL|EBADF/);
});

test('a sample tells large arguments apart, wherever they differ at the ends', () => {
  const parcels = opened(new Parcels());
  const sample = (at: number): string => {
    const bytes = new Uint8Array(100_000);
    bytes[at] = 1;
    const place = parcels.put(bytes);
    const seen = Buffer.from(parcels.sample(place)).toString('hex');
    parcels.free([place]);
    return seen;
  };
  // The last of them is nowhere in the sample.
  expect(new Set([sample(0), sample(99_999), sample(50_000), sample(20_000)]).size).toBe(4);
  expect(sample(7)).toBe(sample(7));
});

test('a worker that lies about its results is found out, at no cost of memory', () => {
  const results = opened(new ResultFile());
  writeSync(results.descriptor, new Uint8Array([1, 2, 3]), 0, 3, 0);
  expect(results.read(0, 3)).toEqual(new Uint8Array([1, 2, 3]));
  for (const [place, bytes] of [
    [0, 4],
    [2, 2],
    [2 ** 50, 1],
    [0, 2 ** 52],
  ] as const) {
    expect(() => results.read(place, bytes)).toThrow(ProtocolError);
  }
  // A hole of a terabyte has no blocks.
  ftruncateSync(results.descriptor, 2 ** 40);
  expect(fstatSync(results.descriptor).size).toBe(2 ** 40);
  expect(() => results.read(0, 2 ** 40)).toThrow(ProtocolError);
  expect(() => results.read(2 ** 20, 2 ** 30)).toThrow(ProtocolError);
});
