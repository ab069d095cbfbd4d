// The result as a person reads it: a block for each row, a line for each contestant, the verdicts.
import { machineLine } from './machine.mjs';
import { median } from './statistics.mjs';

const UNITS = /** @type {const} */ ([
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
]);

/** @param {number} nanos */
export function duration(nanos) {
  const [scale, unit] = UNITS.find(([least]) => nanos >= least) ?? [1, 'ns'];
  return `${significant(nanos / scale)} ${unit}`;
}

/** @param {number} value three significant digits, never an exponent */
function significant(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @param {number} value a count as it is, a measured one by its digits */
const figure = (value) => (Number.isInteger(value) ? String(value) : significant(value));

/**
 * @param {string} title
 * @param {import('./verdict.mjs').Summary} summary
 * @param {import('./verdict.mjs').Claim[]} claims
 * @param {import('./machine.mjs').Machine} machine
 */
export function render(title, summary, claims, machine) {
  const lines = ['', title, machineLine(machine), ''];
  const width = Math.max(...summary.contestants.map((name) => name.length)) + 2;
  for (const [row, cells] of Object.entries(summary.rows)) {
    const heads = ['min', 'quietest', 'median', '× floor'].map((head) => head.padStart(10));
    lines.push(row.padEnd(width + 2) + heads.join(''));
    const floor = cells['floor'];
    for (const name of summary.contestants) {
      lines.push(`  ${name.padEnd(width)}${figures(cells[name], floor)}`);
    }
    lines.push('');
  }
  for (const [name, facts] of Object.entries(summary.facts)) {
    for (const [text, values] of Object.entries(facts)) {
      lines.push(`${name}: ${text} ${figure(median(values))}`);
    }
  }
  for (const [name, why] of Object.entries(summary.absent)) lines.push(`${name}: ${why}`);
  for (const text of summary.wrong) lines.push(`WRONG RESULT  ${text}`);
  lines.push('', ...claims.map(verdictLine), '');
  return lines.join('\n');
}

/**
 * @param {import('./verdict.mjs').Cell | undefined} cell
 * @param {import('./verdict.mjs').Cell | undefined} floor
 */
function figures(cell, floor) {
  const none = '-'.padStart(10).repeat(3);
  if (cell?.error !== undefined) return `${none}   ${cell.error}`;
  if (cell === undefined || cell.trials === 0) return none;
  const times = [cell.min, cell.quiet, cell.median].map((time) => duration(time).padStart(10));
  const ratio =
    floor !== undefined && floor.trials > 0 ? significant(cell.quiet / floor.quiet) : '';
  return times.join('') + ratio.padStart(10);
}

/** @param {import('./verdict.mjs').Claim} claim */
function verdictLine({ text, value, byMedian, limit, verdict }) {
  if (verdict === 'NOT MEASURED') return `${verdict.padEnd(14)}${text}`;
  const beside = value === byMedian ? '' : `; by medians ${significant(byMedian)}`;
  return `${verdict.padEnd(14)}${text}: ${figure(value)} (at most ${limit}${beside})`;
}
