// Structures of the C Data Interface that lie: an error each, and no fault (npm run test:asan runs
// this too). And what is released how often.
import { fileURLToPath } from 'node:url';

import { Int32, makeData, Vector } from 'apache-arrow';
import { expect, test } from 'vitest';

import { ConversionError } from '../../src/errors/errors.ts';
import { loadBinding } from '../../src/native/load.ts';
import { py } from './open.ts';

py.import('sys').path.append(fileURLToPath(new URL('../fixtures/arrow', import.meta.url)));
const hostile = py.import('hostile');
const lies = py.builtins.list(hostile.LIES).$toJS() as string[];

test.each(lies)('%s', (name) => {
  const before = hostile.released as number;
  const lying = hostile.LIES.$at(name)();
  expect(() => py.fromArrow(lying)).toThrow(ConversionError);
  // What was taken over was released; what was not is its producer's still.
  const taken = Boolean(lying.array.release) ? 0 : 1;
  py`__import__("gc").collect()`;
  expect([0, taken]).toContain((hostile.released as number) - before);
});

test('the same structures, told honestly, are read', () => {
  expect([...(py.fromArrow(hostile.honest()) as Vector)]).toEqual([1, 2]);
});

/** Until nothing is released any more: windows are found dead at entries, after collections. */
async function settle(): Promise<number> {
  let last = -1;
  while (last !== hostile.released) {
    last = hostile.released as number;
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
      py`0`;
    }
  }
  return last;
}

test('every array is released once, whatever happened to it', async () => {
  const rounds = 10_000;
  const before = await settle();
  const { broken } = py.exec(
    `
class Broken:
    def __arrow_c_array__(self):
        raise RuntimeError("injected")
broken = Broken()
`,
    { out: ['broken'] },
  );
  for (let i = 0; i < rounds; i++) {
    py.scope(() => {
      const vector = py.fromArrow(hostile.honest()) as Vector;
      if (i % 3 === 0) expect(vector.get(1)).toBe(2);
      if (i % 100 === 0) expect(() => py.fromArrow(broken)).toThrow(/injected/);
    });
  }
  expect((await settle()) - before).toBe(rounds);
}, 120_000);

test('what Python was given is let go once, whatever it did with it', () => {
  const { keep } = py.exec(
    `
import pyarrow as pa
def keep(i, array):
    if i % 10 == 0:
        raise RuntimeError("injected")
    return pa.RecordBatch.from_arrays([array], ["x"])
`,
    { out: ['keep'] },
  );
  const windows = loadBinding().memoryStats().windows;
  const data = new Int32Array(1000).fill(3);
  const vector = new Vector([makeData({ type: new Int32(), data, length: 1000 })]);
  for (let i = 0; i < 10_000; i++) {
    py.scope(() => {
      const array = py.toArrow(vector) as unknown;
      if (i % 10 === 0) expect(() => keep(i, array) as unknown).toThrow(/injected/);
      else keep(i, array);
    });
  }
  expect(py`__import__("pyarrow").total_allocated_bytes() < 1_000_000`).toBe(true);
  expect(loadBinding().memoryStats().windows).toBeLessThanOrEqual(windows + 2);
  // Nobody holds it any more, so it may go.
  const moved = structuredClone(data, { transfer: [data.buffer] });
  expect(moved[999]).toBe(3);
}, 120_000);
