import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block } from '../crash/support/pool.ts';
import { openPool } from '../sandbox/support/pools.ts';
// @ts-expect-error -- a program's helper, without types
import { denseLayer } from './support/onnx.mjs';

/** What libraries do, each with the threads, caches and devices that it looks for. */
const USES: readonly [name: string, source: string, given?: Record<string, unknown>][] = [
  [
    'numpy, scipy: linear algebra on threads',
    `import numpy as np, scipy.linalg, scipy.fft
a = np.random.rand(300, 300)
return bool(np.allclose(scipy.linalg.inv(a) @ a, np.eye(300)) and scipy.fft.fft(a).shape == a.shape)`,
  ],
  [
    'scikit-learn: OpenMP, and threads of joblib',
    `import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
x = np.random.rand(2000, 4)
y = x[:, 0] > 0.5
boosted = HistGradientBoostingClassifier(max_iter=5).fit(x, y).score(x, y)
forest = RandomForestClassifier(n_estimators=10, n_jobs=2).fit(x, y).score(x, y)
return boosted > 0.9 and forest > 0.9`,
  ],
  [
    'matplotlib: its caches, fonts, and a picture',
    `import io, matplotlib
matplotlib.use("Agg")
from matplotlib import pyplot, font_manager
figure = pyplot.figure()
figure.suptitle("Größe")
file = io.BytesIO()
figure.savefig(file, format="png")
return file.getvalue()[:4] == b"\\x89PNG" and len(font_manager.fontManager.ttflist) > 0`,
  ],
  [
    'onnxruntime: a model on threads',
    `import numpy as np, onnxruntime as ort
options = ort.SessionOptions()
options.intra_op_num_threads = 2
session = ort.InferenceSession(bytes(model), options, providers=["CPUExecutionProvider"])
return session.run(None, {"x": np.ones((5, 2), np.float32)})[0].tolist()[4] == [3.0]`,
    { model: denseLayer([[1], [2]], [0]) as Buffer },
  ],
  [
    'pandas, pyarrow: a file there and back',
    `import pandas, tempfile
name = tempfile.mkdtemp() + "/table.parquet"
pandas.DataFrame({"a": [1, 2, 3]}).to_parquet(name)
return int(pandas.read_parquet(name)["a"].sum()) == 6`,
  ],
  [
    'polars: its own threads',
    `import polars
frame = polars.DataFrame({"a": list(range(10000))})
return frame.lazy().select(polars.col("a").sum()).collect().item() == 49995000`,
  ],
  [
    'pillow, pydantic, sympy',
    `import io, PIL.Image, pydantic, sympy
file = io.BytesIO()
PIL.Image.new("RGB", (8, 8)).save(file, "jpeg")
class A(pydantic.BaseModel): x: int
return A(x="5").x == 5 and str(sympy.integrate(sympy.Symbol("x"))) == "x**2/2"`,
  ],
];

const PROCESSES = `import numpy as np
from sklearn.model_selection import cross_val_score
from sklearn.linear_model import LinearRegression
from joblib import parallel_config
x = np.random.rand(200, 3)
with parallel_config("loky"):
    scores = cross_val_score(LinearRegression(), x, x[:, 0], cv=4, n_jobs=2)
try:
    # Its locks have names in /dev/shm, which are its own to remove.
    from joblib.externals.loky import get_reusable_executor
    get_reusable_executor().shutdown(wait=True)
except (ImportError, PermissionError):
    pass
import gc
gc.collect()
return len(scores) == 4`;

describe.runIf(process.platform === 'linux').each(['default', 'strict'] as const)(
  'libraries under %s',
  (sandbox) => {
    let pool: PoolExecutor;
    beforeAll(async () => {
      pool = await openPool(sandbox);
    });
    afterAll(() => pool.close());

    test.each(USES)('%s', async (_, source, given) => {
      expect(await block(pool, source, given)).toBe(true);
    });
  },
);

describe.runIf(process.platform === 'linux')('n_jobs in processes', () => {
  test.each([
    ['default', 'default'],
    ['strict, with its doors', { profile: 'strict', processes: true, write: ['/dev/shm'] }],
  ] as const)('under %s', async (_, sandbox) => {
    const pool = await openPool(sandbox);
    try {
      expect(await block(pool, PROCESSES)).toBe(true);
    } finally {
      await pool.close();
    }
  });

  test('on threads under strict alone: joblib sees that there are no processes', async () => {
    const pool = await openPool('strict');
    try {
      expect(await block(pool, PROCESSES)).toBe(true);
    } finally {
      await pool.close();
    }
  });
});
