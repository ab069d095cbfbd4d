import assert from 'node:assert/strict';

import { kw } from 'snakepit';

import { contextOf, crossesIn, crossesOut, elements, near, np, py } from '../support/host.mjs';

const ROWS = 3000;

/** Two columns that no line relates. */
const features = () =>
  Float64Array.from({ length: ROWS * 2 }, (_, i) => ((i * 7919) % 1000) / 100 - (i % 2) * 3);

function linear(x, data) {
  const { LinearRegression } = py.import('sklearn.linear_model');
  const y = Float64Array.from(
    { length: ROWS },
    (_, i) => 2 * data[2 * i] - 3 * data[2 * i + 1] + 5,
  );
  const model = LinearRegression().fit(x, crossesIn(y));
  near(elements(model.coef_), [2, -3]);
  near(model.intercept_, 5);
  near(crossesOut(model.predict(x)).data, y);
}

/** OpenMP's threads and BLAS's, at once. */
function clusters() {
  const { KMeans } = py.import('sklearn.cluster');
  const data = Float64Array.from({ length: ROWS * 2 }, (_, i) => {
    const row = Math.floor(i / 2);
    return (row % 3) * 100 + (row % 7) / 10;
  });
  const model = KMeans(kw({ n_clusters: 3, n_init: 3, random_state: 0 })).fit(
    crossesIn(data, [ROWS, 2]),
  );
  const labels = crossesOut(model.labels_).data;
  assert.ok(labels.every((label, i) => label === labels[i % 3]));
  assert.equal(new Set(labels.subarray(0, 3)).size, 3);
  const centres = elements(np.sort(model.cluster_centers_.$at(':, 0')));
  near(centres, [0.3, 100.3, 200.3], 1e-3);
}

function trees(x, data) {
  const { HistGradientBoostingClassifier, RandomForestClassifier } = py.import('sklearn.ensemble');
  const wanted = crossesIn(Int32Array.from({ length: ROWS }, (_, i) => (data[2 * i] > 3 ? 1 : 0)));
  const boosted = HistGradientBoostingClassifier(kw({ max_iter: 5 })).fit(x, wanted);
  assert.ok(boosted.score(x, wanted) > 0.99);
  // Two threads of joblib, under Node.
  const forest = RandomForestClassifier(kw({ n_estimators: 10, n_jobs: 2, random_state: 1 }));
  assert.ok(forest.fit(x, wanted).score(x, wanted) > 0.99);
}

function contexts(x) {
  const { LinearRegression } = py.import('sklearn.linear_model');
  const model = LinearRegression().fit(x, np.ones(ROWS));
  const wide = contextOf(() => model.predict(np.ones([4, 3])));
  assert.deepEqual(wide.shape_a, [4, 3]);
  assert.deepEqual([wide.features, wide.features_expected], [3, 2]);
  assert.equal(wide.estimator, 'LinearRegression');
  const short = contextOf(() => model.fit(x, np.ones(5)));
  assert.deepEqual([short.shape_a, short.shape_b, short.samples], [[ROWS, 2], [5], [ROWS, 5]]);
}

export function use() {
  const data = features();
  const x = crossesIn(data, [ROWS, 2]);
  linear(x, data);
  clusters();
  trees(x, data);
  contexts(x);
}
