// How long the same column takes by shared memory and by JSON text, both ways.
import { kw } from 'snakepit';

/** Rounds per figure: text is slow, and a median needs few. */
const ROUNDS = 7;

/**
 * The median, in microseconds, over inputs made before the clock starts.
 * @template T
 * @param {readonly T[]} inputs
 * @param {(input: T) => unknown} run
 */
function medianMicroseconds(inputs, run) {
  const times = inputs.map((input) => {
    const started = process.hrtime.bigint();
    run(input);
    return Number(process.hrtime.bigint() - started) / 1000;
  });
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

/** @param {string} text */
function parseColumn(text) {
  // JSON has no NaN: both sides write null, and both have to put it back.
  return Float64Array.from(JSON.parse(text), (value) => value ?? Number.NaN);
}

/**
 * @param {import('snakepit').PythonFace} py
 * @param {any} series a pandas column
 * @returns the values, and what each route took
 */
export function fromPython(py, series) {
  const np = py.import('numpy');
  // Fresh arrays, so that no round finds the memory already known to JavaScript.
  const arrays = Array.from({ length: ROUNDS }, () => np.array(series));
  const rounds = arrays.map(() => series);
  const shared = medianMicroseconds(arrays, (array) => py.fromNumpy(array));
  const json = medianMicroseconds(rounds, (column) =>
    parseColumn(column.to_json(kw({ orient: 'values' }))),
  );
  return { shared, json, values: parseColumn(series.to_json(kw({ orient: 'values' }))) };
}

/**
 * @param {import('snakepit').PythonFace} py
 * @param {Float64Array} values
 */
export function toPython(py, values) {
  const np = py.import('numpy');
  const json = py.import('json');
  const arrays = Array.from({ length: ROUNDS }, () => values.slice());
  /** @param {Float64Array} array */
  const byText = (array) =>
    np.array(json.loads(JSON.stringify(Array.from(array))), kw({ dtype: 'float64' }));
  return {
    shared: medianMicroseconds(arrays, (array) => py.toNumpy(array)),
    json: medianMicroseconds(arrays, byText),
    array: byText(values),
  };
}
