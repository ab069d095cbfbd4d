import assert from 'node:assert/strict';

import { kw, tensor } from 'snakepit';

import { crossesIn, crossesOut, near, py } from '../support/host.mjs';
import { denseLayer } from '../support/onnx.mjs';

const WEIGHTS = [
  [1, -2],
  [0.5, 3],
  [-1, 0.25],
];
const BIAS = [0.5, -1];

function expected(batch) {
  const out = [];
  for (let row = 0; row < batch.length; row += 3) {
    BIAS.forEach((bias, j) => {
      const sum = WEIGHTS.reduce((total, w, k) => total + batch[row + k] * w[j], bias);
      out.push(Math.max(0, sum));
    });
  }
  return out;
}

export function use() {
  const ort = py.import('onnxruntime');
  const options = ort.SessionOptions();
  options.intra_op_num_threads = 2;
  const session = ort.InferenceSession(
    py.bytes(denseLayer(WEIGHTS, BIAS)),
    options,
    kw({ providers: ['CPUExecutionProvider'] }),
  );
  assert.equal(session.get_inputs()[0].name, 'x');
  assert.deepEqual(session.get_outputs()[0].shape.$toJS(), ['batch', 2]);

  const batch = Float32Array.from({ length: 3 * 2000 }, (_, i) => ((i * 37) % 101) / 10 - 5);
  const input = crossesIn(batch, [2000, 3]);
  const outputs = session.run(null, { x: input });
  const result = crossesOut(outputs[0]);
  assert.deepEqual(result.shape, [2000, 2]);
  near(result.data, expected(batch), 1e-5);
  near(crossesOut(session.run(['y'], { x: tensor(batch, [2000, 3]) })[0]).data, result.data);

  // The runtime's own value over JavaScript's memory.
  const value = ort.OrtValue.ortvalue_from_numpy(input);
  assert.equal(BigInt(value.data_ptr()), tensor(batch).address, 'an OrtValue copied');

  assert.throws(() => session.run(null, { wrong: input }), /x|wrong/);
  assert.throws(() => ort.InferenceSession(py.bytes(Buffer.from('no model'))), /protobuf/i);
}
