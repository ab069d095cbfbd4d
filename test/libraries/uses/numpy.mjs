import assert from 'node:assert/strict';

import { kw } from 'snakepit';

import { crossesIn, crossesOut, elements, near, np } from '../support/host.mjs';

export function use() {
  const a = crossesIn(Float64Array.of(4, -2, 1, -2, 4, -2, 1, -2, 4), [3, 3]);
  near(elements(np.linalg.solve(a, np.array([11, -16, 17]))), [1, -2, 3]);
  near(np.linalg.det(a), 36);
  const parts = np.linalg.svd(a);
  near(elements(np.matmul(np.multiply(parts[0], parts[1]), parts[2])), elements(a));
  // The transform of one period of a cosine is two lines of half its length.
  const wave = np.cos(np.multiply(np.arange(64), (2 * Math.PI) / 64));
  const lines = np.abs(np.fft.fft(wave));
  near([lines[0], lines[1], lines[63]], [0, 32, 32]);
  // Big enough for the arena, for BLAS's threads and for the SIMD loops.
  const n = 700;
  const ones = np.ones([n, n], kw({ dtype: 'float32' }));
  const product = crossesOut(np.matmul(ones, ones));
  assert.ok(product.data.every((x) => x === n));
  const sorted = np.random.default_rng(7).permutation(1_000_000);
  sorted.sort();
  assert.ok(crossesOut(sorted).data.every((x, i) => x === BigInt(i)));

  // A function of JavaScript for each element.
  const hypot = np.vectorize((x, y) => Math.hypot(x, y));
  near(elements(hypot([3, 5, 8], [4, 12, 15])), [5, 13, 17]);
  const named = np.vectorize((x) => (x > 1 ? 'much' : 'little'));
  assert.deepEqual(named([0, 1, 2]).tolist().$toJS(), ['little', 'little', 'much']);
  const refused = new RangeError('not this one');
  const refuse = np.vectorize(() => {
    throw refused;
  });
  assert.throws(() => refuse([1]), refused);
}
