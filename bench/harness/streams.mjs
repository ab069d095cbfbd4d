// A service's life: 4 MB results one after another, in an asynchronous and in a synchronous loop.
import { breathe, elements } from './sizes.mjs';
import { nanosSince, summarise } from './statistics.mjs';

// V8 collects about every 64 MB of such results, so a block holds several collections of its own.
const BLOCK = 96;
const RSS_RESULTS = 16;
const MEGABYTE = 2 ** 20;
const TENTHS = 10;
const WARM_UP = 48;

/**
 * @typedef {import('../contestants/contestant.mjs').TakeOut} TakeOut
 * @typedef {{ rows: Record<string, object>, wrong: string[], facts: Record<string, number> }} Result
 */

/**
 * @param {TakeOut} takeOut
 * @param {{ streamBlocks: number, syncResults: number }} settings
 * @param {Result} result
 */
export async function measureStreams(takeOut, settings, result) {
  await stream(takeOut, settings.streamBlocks, result);
  await growth(takeOut, settings.streamBlocks, result);
  await settle();
  synchronous(takeOut, settings.syncResults, result);
}

/**
 * Three loops by turns, of one shape: NumPy makes a result, something is done with it, the event loop
 * turns. `drop` lets Python drop it and is what the others are compared with; `copy` is what there is
 * without sharing: memory of V8's own, filled, and the result dropped. What a loop costs is its whole
 * time a result less that of `drop`: so the collections it causes count, and that NumPy writes to
 * memory which left the cache because earlier results live on. bench/README.md has the definition.
 * @param {TakeOut} takeOut
 * @param {number} blocks
 * @param {Result} result
 */
async function stream({ full, take, drop }, blocks, result) {
  if (full === undefined || drop === undefined) return;
  const source = new Float32Array(elements('4 MB')).fill(1);
  /** @type {Record<string, (made: any, value: number) => Float32Array | undefined>} */
  const kinds = {
    drop: (made) => void drop(made),
    take: (made) => take(made),
    copy: (made, value) => {
      source[0] = source[source.length - 1] = value;
      const copied = source.slice();
      drop(made);
      return copied;
    },
  };
  /** @type {Record<string, { produced: number[], whole: number[] }>} */
  const times = {};
  for (let block = 0; block < blocks; block += 1) {
    for (const [kind, use] of Object.entries(kinds)) {
      await settle();
      const { produced, whole } = await oneBlock(full, use, block * BLOCK, result);
      const kept = (times[kind] ??= { produced: [], whole: [] });
      kept.produced.push(produced);
      kept.whole.push(whole);
    }
  }
  report(times, result);
}

/**
 * @param {(value: number) => any} full
 * @param {(made: any, value: number) => Float32Array | undefined} use
 * @param {number} from
 * @param {Result} result
 */
async function oneBlock(full, use, from, result) {
  let produced = 0;
  let whole = 0;
  for (let value = from; value < from + BLOCK; value += 1) {
    const start = process.hrtime.bigint();
    const made = full(value);
    produced += nanosSince(start);
    const taken = use(made, value);
    const right = taken === undefined || (taken[0] === value && taken.at(-1) === value);
    await breathe();
    whole += nanosSince(start);
    if (!right) result.wrong.push(`result ${value} came out as ${taken[0]} … ${taken.at(-1)}`);
  }
  return { produced: produced / BLOCK, whole: whole / BLOCK };
}

/** Each kind of block begins without the garbage of another. */
async function settle() {
  globalThis.gc?.();
  await breathe();
  await breathe();
}

/**
 * @param {Record<string, { produced: number[], whole: number[] }>} times
 * @param {Result} result
 */
function report(times, result) {
  const base = times['drop']?.whole ?? [];
  for (const [kind, words] of [
    ['drop', 'dropped at once'],
    ['take', 'taken out'],
    ['copy', 'copied'],
  ]) {
    const { produced = [], whole = [] } = times[kind ?? ''] ?? {};
    result.rows[`4 MB stream, ${words}: whole`] = summarise(whole);
    result.rows[`4 MB stream, ${words}: producing`] = summarise(produced);
    if (kind === 'drop') continue;
    // Of neighbouring blocks, so that a slow moment of the machine falls on both.
    const cost = whole.map((value, block) => Math.max(0, value - (base[block] ?? value)));
    result.rows[`4 MB stream, ${words}: cost`] = summarise(cost);
  }
}

/**
 * The stream by itself, and what the process weighs meanwhile: its second half against its first.
 * @param {TakeOut} takeOut
 * @param {number} blocks
 * @param {Result} result
 */
async function growth({ full, take }, blocks, result) {
  const weights = [];
  await settle();
  for (let index = 0; index < blocks * BLOCK; index += 1) {
    take(full?.(index));
    await breathe();
    if (index % RSS_RESULTS === 0) weights.push(process.memoryUsage.rss() / MEGABYTE);
  }
  const half = weights.length >> 1;
  const grown = Math.max(...weights.slice(half)) - Math.max(...weights.slice(0, half));
  result.facts['stream RSS growth, MB'] = Math.round(grown);
  result.facts['stream RSS at most, MB'] = Math.round(Math.max(...weights));
}

/**
 * No turn of the event loop, so no finaliser runs: memory must come back all the same.
 * @param {TakeOut} takeOut
 * @param {number} results
 * @param {Result} result
 */
function synchronous(takeOut, results, result) {
  const { full, take } = takeOut;
  const tenth = Math.floor(results / TENTHS);
  const means = [];
  const before = process.memoryUsage.rss();
  for (let index = 0; index < WARM_UP; index += 1) take(full?.(index));
  for (let part = 0; part < TENTHS; part += 1) {
    const start = process.hrtime.bigint();
    for (let index = 0; index < tenth; index += 1) {
      const taken = take(full?.(index));
      if (taken[0] !== index) result.wrong.push(`sync: result ${index} came out as ${taken[0]}`);
    }
    means.push(nanosSince(start) / tenth);
  }
  result.rows['4 MB sync loop, taken out: whole'] = summarise(means);
  const [first = Number.NaN] = means;
  result.facts['sync loop, last tenth / first'] = (means.at(-1) ?? Number.NaN) / first;
  const grown = (process.memoryUsage.rss() - before) / MEGABYTE;
  result.facts['sync loop RSS growth, MB'] = Math.round(grown);
}
