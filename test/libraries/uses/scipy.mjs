import assert from 'node:assert/strict';

import { kw } from 'snakepit';

import { contextOf, crossesIn, crossesOut, elements, near, np, py } from '../support/host.mjs';

function linear() {
  const rotation = py.import('scipy.linalg').expm(crossesIn(Float64Array.of(0, -1, 1, 0), [2, 2]));
  const [c, s] = [Math.cos(1), Math.sin(1)];
  near(elements(rotation), [c, -s, s, c]);
}

/** The second difference with fixed ends: solved for ones it is i (n + 1 - i) / 2. */
function sparse() {
  const n = 500;
  const { diags_array: diagonals } = py.import('scipy.sparse');
  const off = np.full(n - 1, -1, kw({ dtype: 'float64' }));
  const matrix = diagonals(
    [off, np.full(n, 2, kw({ dtype: 'float64' })), off],
    kw({ offsets: [-1, 0, 1], format: 'csr' }),
  );
  const solution = py.import('scipy.sparse.linalg').spsolve(matrix.tocsc(), np.ones(n));
  const expected = Array.from({ length: n }, (_, i) => ((i + 1) * (n - i)) / 2);
  near(crossesOut(solution).data, expected, 1e-8);
  assert.equal(matrix.nnz, 3 * n - 2);
  crossesOut(matrix.data);
  crossesOut(matrix.indices);
}

function functions() {
  const { root, area } = py.exec(
    `
from math import cos, exp
from scipy import integrate, optimize
root = optimize.brentq(lambda x: cos(x) - x, 0, 1)
area = integrate.quad(lambda x: exp(-x * x), -20, 20)[0]
`,
    { out: ['root', 'area'] },
  );
  near([root, area], [0.7390851332151607, Math.sqrt(Math.PI)]);
  near(py.import('scipy.special').gamma(0.5), Math.sqrt(Math.PI));
  const wave = crossesIn(Float64Array.from({ length: 1024 }, (_, i) => Math.sin(i)));
  const fft = py.import('scipy.fft');
  near(elements(fft.irfft(fft.rfft(wave))), elements(wave));
}

export function use() {
  linear();
  sparse();
  functions();
  const row = py.import('scipy.sparse').csr_matrix([[0, 0, 1, 0]]);
  const context = contextOf(() => py`${row} @ ${np.ones([2, 2])}`);
  assert.deepEqual(
    [context.shape_a, context.shape_b],
    [
      [1, 4],
      [2, 2],
    ],
  );
}
