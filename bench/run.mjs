#!/usr/bin/env node
// npm run bench -- <case> [--json FILE] [--trials N] [--quick] [--only a,b]
// A fresh process for each trial, the contestants by turns, so that a slow moment of the machine
// falls on all of them; the ratios of one run are what counts.
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildFloor } from './harness/floor-build.mjs';
import { describeMachine } from './harness/machine.mjs';
import { findPython } from './harness/python.mjs';
import { installRivals } from './harness/rivals-install.mjs';
import { runTrial } from './harness/spawn-trial.mjs';
import { render } from './harness/table.mjs';
import { REFERENCES, summarise } from './harness/verdict.mjs';

const SETTINGS = {
  full: {
    batchMs: 20,
    batches: 15,
    budgetMs: 2000,
    rounds: 400,
    streamBlocks: 10,
    syncResults: 1500,
    deaths: 15,
    chaos: { crashes: 10_000, pacedRounds: 4, pacedCalls: 250, step: 1000 },
  },
  quick: {
    batchMs: 5,
    batches: 7,
    budgetMs: 400,
    rounds: 100,
    streamBlocks: 3,
    syncResults: 200,
    deaths: 6,
    chaos: { crashes: 200, pacedRounds: 2, pacedCalls: 50, step: 50 },
  },
};

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
const names = readdirSync(here('cases')).map((file) => file.replace('.mjs', ''));

/** What the user asked for, checked. */
function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      trials: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-setup': { type: 'boolean', default: false },
    },
  });
  const [name] = positionals;
  if (name === undefined || !names.includes(name) || positionals.length > 1) {
    throw new Error(`Say which case to run: npm run bench -- ${names.join(' | ')}`);
  }
  const trials = values.trials === undefined ? undefined : Number(values.trials);
  if (trials !== undefined && !(Number.isInteger(trials) && trials > 0)) {
    throw new Error(`--trials takes a whole number above 0, not '${values.trials}'.`);
  }
  return { ...values, name, trials, only: values.only?.split(',') };
}

/** @param {boolean} skipSetup */
function prepare(skipSetup) {
  const project = process.env['SNAKEPIT_TEST_PROJECT'] ?? here('../test/fixtures/project');
  if (!skipSetup) {
    const setup = [here('../scripts/setup.mjs'), '--sync', project];
    execFileSync(process.execPath, setup, { stdio: ['ignore', 2, 2] });
  }
  const python = findPython(project, here('python'));
  buildFloor(python);
  return python;
}

/**
 * @param {any} bench the case
 * @param {string[]} taking
 * @param {import('./harness/python.mjs').BenchPython} python
 * @param {ReturnType<typeof readArguments>} options
 */
async function runTrials(bench, taking, python, options) {
  const count = options.trials ?? (options.quick ? bench.trials.quick : bench.trials.full);
  const settings = options.quick ? SETTINGS.quick : SETTINGS.full;
  const results = [];
  for (let trial = 0; trial < count; trial += 1) {
    say(`trial ${trial + 1} of ${count}`);
    for (const contestant of rotated(taking, trial)) {
      const adapter = await import(`./contestants/${contestant}.mjs`);
      const environment = adapter.environment?.(python) ?? {};
      const { name: caseName } = options;
      const { program, limitMs } = bench;
      const task = { contestant, caseName, program, limitMs, python, settings, environment };
      const answer = await runTrial(task);
      const reply = 'failed' in answer ? answer : (bench.read?.(answer) ?? answer);
      results.push({ contestant, reply });
    }
  }
  return results;
}

/**
 * Nobody is always the first, who finds the caches cold.
 * @param {string[]} list
 * @param {number} by
 */
function rotated(list, by) {
  const cut = by % list.length;
  return [...list.slice(cut), ...list.slice(0, cut)];
}

async function main() {
  const options = readArguments();
  const bench = await import(`./cases/${options.name}.mjs`);
  const asked = options.only ?? bench.contestants;
  const python = prepare(options['no-setup']);
  const rivals = asked.some((/** @type {string} */ name) => !REFERENCES.includes(name))
    ? installRivals(python, say)
    : {};
  /** @type {Record<string, string>} */
  const absent = {};
  for (const [name, { ok, reason }] of Object.entries(rivals)) {
    if (!ok && asked.includes(name)) absent[name] = `not installed: ${reason}`;
  }
  const taking = bench.contestants.filter(
    (/** @type {string} */ name) => asked.includes(name) && !(name in absent),
  );
  const machine = describeMachine(python);
  const results = await runTrials(bench, taking, python, options);
  const summary = summarise(taking, results, absent);
  const claims = bench.claims(summary);
  console.log(render(bench.title, summary, claims, machine));
  if (options.json !== undefined) {
    const record = {
      case: options.name,
      date: new Date().toISOString(),
      machine,
      ...summary,
      claims,
    };
    writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);
  }
  if (summary.wrong.length > 0) process.exitCode = 1;
}

main().catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
