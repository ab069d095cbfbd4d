#!/usr/bin/env node
// The tests, and one closing line with the sum: `npm test [-- files]`, `npm run test:leak`.
import { parseArgs } from 'node:util';

import { pytest } from './lib/pytest.mjs';
import { at } from './lib/root.mjs';
import { countLine, sum, vitest } from './lib/vitest.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { project: { type: 'string', multiple: true, default: ['main', 'types'] } },
});
const whole = positionals.length === 0 && values.project.includes('main');
const testProject = process.env['SNAKEPIT_TEST_PROJECT'] ?? at('test', 'fixtures', 'project');

/** @type {import('./lib/vitest.mjs').Counts[]} */
const counts = [
  await vitest([...values.project.map((name) => `--project=${name}`), ...positionals], {
    show: true,
  }),
];
if (whole) {
  try {
    counts.push(await pytest(testProject));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    counts.push({ passed: 0, failed: 1, skipped: 0 });
  }
}
const total = sum(counts);
if (total.passed + total.failed === 0) {
  console.log('No test ran.');
  total.failed = 1;
}
console.log(countLine(total));
process.exitCode = total.failed === 0 ? 0 : 1;
