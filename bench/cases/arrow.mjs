// Claim: a table crosses in the time of its columns, not of its rows: 100 million rows cost what a
// thousand do, both ways, and a thousandth of their IPC bytes; 200 columns cost no more than five
// times what pyarrow itself takes to make a table of them inside Python.
import { summarise, syncBatch, warmUp } from '../harness/statistics.mjs';
import { atMost, fact } from '../harness/verdict.mjs';

export const title = 'arrow: tables of apache-arrow as pyarrow.Tables, and back';
export const program = 'trial.mjs';
export const contestants = ['snakepit'];
export const trials = { full: 5, quick: 2 };

const FEW = 1000;
const MANY = 100_000_000;
const COLUMNS = 200;
const BATCH = 200;
const WIDE_BATCH = 50;
const EQUAL = 'addresses equal';

const out = (/** @type {string} */ what) => `JavaScript to pyarrow, ${what}`;
const back = (/** @type {string} */ what) => `pyarrow to JavaScript, ${what}`;
const FEW_ROWS = '1,000 rows';
const MANY_ROWS = '100 M rows';
const WIDE = '200 columns';
const IPC = `${MANY_ROWS} by IPC bytes`;
const IN_PYTHON = `pyarrow.table of ${WIDE}, inside Python`;

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batches: number }} settings
 */
export async function measure(contestant, settings) {
  const arrow = await contestant.arrow?.();
  if (arrow === undefined) throw new Error('no pyarrow in this project');
  /** @type {Record<string, object>} */
  const rows = {};
  const facts = { [EQUAL]: 0 };
  const wide = arrow.wide(COLUMNS);
  const few = arrow.table(FEW);
  const many = arrow.table(MANY);
  /** @type {[string, number, () => unknown][]} */
  const ways = [
    [out(FEW_ROWS), BATCH, () => arrow.give(few)],
    [out(MANY_ROWS), BATCH, () => arrow.give(many)],
    [out(WIDE), WIDE_BATCH, () => arrow.give(wide)],
  ];
  for (const [name, table] of /** @type {const} */ ([
    [FEW_ROWS, few],
    [MANY_ROWS, many],
    [WIDE, wide],
  ])) {
    const python = arrow.keep(table);
    ways.push([back(name), name === WIDE ? WIDE_BATCH : BATCH, () => arrow.take(python)]);
    if (arrow.sameAddress(table, python)) facts[EQUAL] += 1;
  }
  /** @type {Map<string, number[]>} */
  const samples = new Map();
  for (const [, , once] of ways) await warmUp(once, 1);
  for (let batch = 0; batch < settings.batches; batch += 1) {
    // By turns: a slow moment falls on all.
    for (const [name, count, once] of ways) {
      samples.set(name, [...(samples.get(name) ?? []), syncBatch(once, count)]);
    }
    samples.set(IN_PYTHON, [...(samples.get(IN_PYTHON) ?? []), arrow.inPython(wide, WIDE_BATCH)]);
  }
  for (const [name, values] of samples) rows[name] = summarise(values);
  rows[out(IPC)] = summarise([syncBatch(() => arrow.giveByIpc(many), 1)]);
  const python = arrow.keep(many);
  rows[back(IPC)] = summarise([syncBatch(() => arrow.takeByIpc(python), 1)]);
  return { rows, wrong: [], facts };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  /**
   * @param {string} text
   * @param {number} limit
   * @param {string} row
   * @param {string} other
   */
  const ratio = (text, limit, row, other) =>
    atMost(summary, text, limit, (read) => read(row, 'snakepit') / read(other, 'snakepit'));
  return [
    ratio('JavaScript to pyarrow: 100 M rows against 1,000', 2, out(MANY_ROWS), out(FEW_ROWS)),
    ratio('pyarrow to JavaScript: 100 M rows against 1,000', 2, back(MANY_ROWS), back(FEW_ROWS)),
    ratio('JavaScript to pyarrow against IPC bytes', 0.001, out(MANY_ROWS), out(IPC)),
    ratio('pyarrow to JavaScript against IPC bytes', 0.001, back(MANY_ROWS), back(IPC)),
    ratio('200 columns to pyarrow against pyarrow.table', 5, out(WIDE), IN_PYTHON),
    ratio('200 columns to JavaScript against pyarrow.table', 5, back(WIDE), IN_PYTHON),
    atMost(summary, 'tables whose address differs', 0, () => 3 - fact(summary, 'snakepit', EQUAL)),
  ];
}
