#!/usr/bin/env node
// Everything that can be said about the sources without running them. `npm run check [-- name …]`
// runs all, or those whose names contain one of the words.
import { checks } from './lib/checks.mjs';
import { inSeconds } from './lib/run.mjs';
import { countLine } from './lib/vitest.mjs';

const words = process.argv.slice(2);
const chosen = checks.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);

/** @type {{ name: string, ok: boolean, seconds: number }[]} */
const results = [];

/** @param {import('./lib/checks.mjs').Check} check */
async function judge(check) {
  const started = performance.now();
  /** @type {{ ok: boolean, output: string }} */
  let result;
  try {
    result = await check.run();
  } catch (error) {
    result = { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
  const seconds = (performance.now() - started) / 1000;
  results.push({ name: check.name, ok: result.ok, seconds });
  console.log(`${check.name.padEnd(22)} ${result.ok ? 'ok' : 'FAILED'} ${inSeconds(seconds)}`);
  if (!result.ok) console.log(result.output.trimEnd());
}

for (const check of chosen) await judge(check);

const failed = results.filter(({ ok }) => !ok);
console.log(`\n${'check'.padEnd(22)} result  seconds`);
for (const { name, ok, seconds } of results) {
  console.log(`${name.padEnd(22)} ${(ok ? 'ok' : 'FAILED').padEnd(7)} ${seconds.toFixed(1)}`);
}
console.log(
  countLine({ passed: results.length - failed.length, failed: failed.length, skipped: 0 }),
);
process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1;
