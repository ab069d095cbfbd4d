// What the demo prints: tables with columns as wide as their content, and a list of checks.

/** @typedef {{ what: string, python: string, js: string, holds: boolean }} Check */

/** @param {unknown} value */
function isNumeric(value) {
  return typeof value === 'string' && /^[\d.,\s×-]+$/.test(value);
}

/**
 * @param {string} title
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows
 */
export function printTable(title, heads, rows) {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column].length)),
  );
  // Figures stand under one another by their last digit.
  const right = heads.map((_, column) => rows.every((row) => isNumeric(row[column])));
  /** @param {readonly string[]} cells */
  const line = (cells) =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  console.log(`\n${title}`);
  console.log(line(heads));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(row));
}

/** @param {unknown} value */
function show(value) {
  if (typeof value !== 'number') return String(value);
  return String(Number(value.toPrecision(10)));
}

/** Sums in another order differ in their last digits. */
const TOLERANCE = 1e-9;

/**
 * @param {number} a
 * @param {number} b
 * @param {number} tolerance relative
 */
function isClose(a, b, tolerance) {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

/** Collects what both sides say. */
export class Checks {
  /** @type {Check[]} */
  #rows = [];
  #title;
  #heads;

  /**
   * @param {string} title
   * @param {readonly [what: string, one: string, other: string]} heads
   */
  constructor(title, heads) {
    this.#title = title;
    this.#heads = heads;
  }

  /**
   * @param {string} what
   * @param {unknown} python
   * @param {unknown} js
   */
  equal(what, python, js) {
    this.#rows.push({ what, python: show(python), js: show(js), holds: Object.is(python, js) });
  }

  /**
   * @param {string} what
   * @param {number} python
   * @param {number} js
   */
  close(what, python, js) {
    const holds = isClose(python, js, TOLERANCE);
    this.#rows.push({ what, python: show(python), js: show(js), holds });
  }

  /**
   * Lists, number by number; the table shows the first that are there.
   * @param {string} what
   * @param {ArrayLike<number>} python
   * @param {ArrayLike<number>} js
   * @param {number} [tolerance] relative
   */
  closeLists(what, python, js, tolerance = TOLERANCE) {
    const holds =
      python.length === js.length &&
      Array.from(python).every((value, i) => isClose(value, js[i], tolerance));
    this.#rows.push({ what, python: showList(python), js: showList(js), holds });
  }

  print() {
    const rows = this.#rows.map(({ what, python, js, holds }) => [
      what,
      python,
      js,
      holds ? 'ok' : 'WRONG',
    ]);
    printTable(this.#title, [...this.#heads, ''], rows);
  }

  get failed() {
    return this.#rows.filter(({ holds }) => !holds).length;
  }

  get count() {
    return this.#rows.length;
  }
}

/** @param {ArrayLike<number>} list */
function showList(list) {
  const first = Array.from(list)
    .filter((value) => !Number.isNaN(value))
    .slice(0, 3);
  const texts = first.map((value) => (Number.isInteger(value) ? String(value) : value.toFixed(3)));
  return list.length > 3 ? `${texts.join(', ')}, … (${list.length})` : texts.join(', ');
}
