import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { at, readJson } from './root.mjs';
import { run } from './run.mjs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/** @returns {Counts} */
export const noCounts = () => ({ passed: 0, failed: 0, skipped: 0 });

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
export const sum = (all) =>
  all.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
    }),
    noCounts(),
  );

/**
 * The line that whoever reads the log looks for.
 * @param {Counts} counts
 */
export const countLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;

/**
 * Counts of vitest's JSON report. A file that did not even load has no tests in it, and a run
 * that broke down outside of a test says so only in its exit status: both count as a failure.
 * @param {string} path
 * @param {number} status
 * @returns {Counts}
 */
function readReport(path, status) {
  /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number,
   *   numTodoTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} */
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  }
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Runs vitest and counts. `node` may be any Node: vitest runs under it, and so do its forks.
 * @param {readonly string[]} args
 * @param {{ node?: string, env?: NodeJS.ProcessEnv, show?: boolean, timeout?: number }} [options]
 * @returns {Promise<Counts & { status: number, output: string, seconds: number }>}
 */
export async function vitest(args, { node = process.execPath, ...options } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'snakepit-vitest-'));
  const report = join(folder, 'report.json');
  const entry = readJson(at('node_modules', 'vitest', 'package.json')).bin.vitest;
  try {
    const done = await run(
      node,
      [
        at('node_modules', 'vitest', entry),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ],
      options,
    );
    return { ...done, ...readReport(report, done.status) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
