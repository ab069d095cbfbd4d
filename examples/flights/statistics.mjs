// The same figures as the Python side's, computed by plain loops: nothing of NumPy, pandas or
// snakepit comes in here, so that a right answer cannot be a shared mistake.

/**
 * pandas says "missing" by NaN.
 * @param {Float64Array} values
 */
export function countMissing(values) {
  let missing = 0;
  for (const value of values) if (Number.isNaN(value)) missing++;
  return missing;
}

/** @param {BigInt64Array} values */
export function sumOfIntegers(values) {
  let sum = 0n;
  for (const value of values) sum += value;
  return sum;
}

/**
 * How many rows have each code, from 0 to `size - 1`.
 * @param {BigInt64Array} codes
 * @param {number} size
 */
export function countByCode(codes, size) {
  const counts = new Array(size).fill(0);
  for (const code of codes) counts[Number(code)]++;
  return counts;
}

/**
 * The mean of each group; missing values are left out.
 * @param {Float64Array} values
 * @param {Int8Array} groups
 * @param {number} size
 */
export function meanByGroup(values, groups, size) {
  const sums = new Float64Array(size);
  const counts = new Float64Array(size);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    sums[groups[row]] += value;
    counts[groups[row]]++;
  }
  return sums.map((sum, group) => sum / counts[group]);
}

/**
 * Pearson's correlation over the rows that have both values, in two passes.
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
export function correlation(a, b) {
  const [meanA, meanB] = meansOfPairs(a, b);
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let row = 0; row < a.length; row++) {
    if (Number.isNaN(a[row]) || Number.isNaN(b[row])) continue;
    const fromA = a[row] - meanA;
    const fromB = b[row] - meanB;
    product += fromA * fromB;
    squaresA += fromA * fromA;
    squaresB += fromB * fromB;
  }
  return product / Math.sqrt(squaresA * squaresB);
}

/**
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function meansOfPairs(a, b) {
  let sumA = 0;
  let sumB = 0;
  let pairs = 0;
  for (let row = 0; row < a.length; row++) {
    if (Number.isNaN(a[row]) || Number.isNaN(b[row])) continue;
    sumA += a[row];
    sumB += b[row];
    pairs++;
  }
  return [sumA / pairs, sumB / pairs];
}

/**
 * The value below which a share of the values lies, between neighbours in proportion.
 * @param {Float64Array} values
 * @param {number} share from 0 to 1
 */
export function quantile(values, share) {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/**
 * Miles per hour; NaN where the time in the air is missing.
 * @param {BigInt64Array} miles
 * @param {Float64Array} minutes
 */
export function speeds(miles, minutes) {
  return minutes.map((value, row) => (Number(miles[row]) / value) * 60);
}

/**
 * The mean departure delay of each month and hour, row by row, into `grid` (12 × 24).
 * @param {Float64Array} delays
 * @param {BigInt64Array} months 1 to 12
 * @param {BigInt64Array} hours 0 to 23
 * @param {Float32Array | Float64Array} grid
 */
export function fillDelayGrid(delays, months, hours, grid) {
  const sums = new Float64Array(grid.length);
  const counts = new Float64Array(grid.length);
  for (let row = 0; row < delays.length; row++) {
    if (Number.isNaN(delays[row])) continue;
    const cell = (Number(months[row]) - 1) * 24 + Number(hours[row]);
    sums[cell] += delays[row];
    counts[cell]++;
  }
  for (let cell = 0; cell < grid.length; cell++) grid[cell] = sums[cell] / counts[cell];
}

/**
 * Rows on each day of the week, Sunday first.
 * @param {BigInt64Array} microseconds since 1970, UTC
 */
export function countByWeekday(microseconds) {
  const counts = new Array(7).fill(0);
  for (const stamp of microseconds) counts[new Date(Number(stamp / 1000n)).getUTCDay()]++;
  return counts;
}

/**
 * Where the largest value stands; NaN is none.
 * @param {Float32Array} values
 */
export function indexOfLargest(values) {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i]) && !(values[i] <= values[best])) best = i;
  }
  return best;
}
