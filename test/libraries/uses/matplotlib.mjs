import assert from 'node:assert/strict';

import { kw } from 'snakepit';

import { crossesIn, crossesOut, np, py } from '../support/host.mjs';
import { decodePng } from '../support/png.mjs';

const RED = [255, 0, 0, 255];
const BLUE = [0, 0, 255, 255];

export function use() {
  py.import('matplotlib').use('Agg');
  const plt = py.import('matplotlib.pyplot');
  const figure = plt.figure(kw({ figsize: [3, 2], dpi: 100, facecolor: [1, 0, 0] }));
  // Text needs FreeType, a curve the path code, and the axes fill the middle with blue.
  const axes = figure.add_axes([0.25, 0.25, 0.5, 0.5], kw({ facecolor: [0, 0, 1] }));
  const curve = crossesIn(Float64Array.from({ length: 500 }, (_, i) => Math.sin(i / 20)));
  axes.plot(curve, kw({ color: 'white' }));
  axes.set_ylim(-50, 50);
  figure.suptitle('Größe $\\alpha^2$');
  figure.canvas.draw();
  const canvas = crossesOut(np.array(figure.canvas.buffer_rgba()));
  assert.deepEqual(canvas.shape, [200, 300, 4]);

  const file = py.import('io').BytesIO();
  figure.savefig(file, kw({ format: 'png' }));
  const { width, height, channels, pixels } = decodePng(file.getvalue());
  assert.deepEqual([width, height, channels], [300, 200, 4]);
  assert.deepEqual(Uint8Array.from(canvas.data), pixels);
  const at = (x, y) => Array.from(pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 4));
  assert.deepEqual(at(2, 197), RED);
  assert.deepEqual(at(100, 70), BLUE);

  const document = py.import('io').BytesIO();
  figure.savefig(document, kw({ format: 'pdf' }));
  assert.match(Buffer.from(document.getvalue()).toString('latin1'), /^%PDF-1\.\d[^]*%%EOF\s*$/);
  plt.close(figure);
}
