#!/usr/bin/env node
// From a bare clone to something that runs: packages, addon, TypeScript, Python. Node built-ins
// only, because it runs before anything is installed. What is up to date is skipped.
//
// Usage: node scripts/setup.mjs [--sync <project folder>]…
import { existsSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { buildNative } from './lib/native-build.mjs';
import { at, root } from './lib/root.mjs';
import { inSeconds, run } from './lib/run.mjs';
import { alone } from './lib/setup-lock.mjs';
import { buildStamp, hashOf, stampAt } from './lib/stamp.mjs';

const { values } = parseArgs({ options: { sync: { type: 'string', multiple: true } } });

/** A failure that is explained already: no stack. */
class SetupError extends Error {}

/**
 * @param {string} what
 * @param {readonly string[]} args for Node
 * @param {Record<string, string>} [env]
 * @returns {Promise<string>} what it took
 */
async function node(what, args, env = {}) {
  const { status, output, seconds } = await run(process.execPath, args, { env });
  if (status !== 0) throw new SetupError(`${what} failed (exit ${status}):\n${output}`);
  return inSeconds(seconds);
}

async function packages() {
  const wanted = hashOf([at('package-lock.json')]);
  const stamp = stampAt(at('node_modules', '.snakepit-lock'));
  if (stamp.matches(wanted)) return 'unchanged';
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--no-audit', '--no-fund'];
  const { status, output, seconds } = npm
    ? await run(process.execPath, [npm, ...args])
    : await run('npm', args);
  if (status !== 0) throw new SetupError(`npm ci failed (exit ${status}):\n${output}`);
  stamp.write(wanted);
  return `installed in ${inSeconds(seconds)}`;
}

async function native() {
  try {
    return (await buildNative('release')).note;
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : String(error));
  }
}

async function types() {
  const wanted = hashOf(
    [
      at('src'),
      at('scripts', 'bundle.mjs'),
      at('tsconfig.base.json'),
      at('tsconfig.build.json'),
      at('package-lock.json'),
    ],
    [],
  );
  const stamp = buildStamp('dist');
  if (stamp.matches(wanted) && existsSync(at('dist', 'index.js'))) return 'unchanged';
  const compiler = at('node_modules', 'typescript', 'bin', 'tsc');
  const checked = await node('The TypeScript build', [compiler, '-p', at('tsconfig.build.json')]);
  // What an earlier layout left would be loaded beside the bundle, as a second copy.
  for (const stale of ['index.js', 'chunks'])
    rmSync(at('dist', stale), { recursive: true, force: true });
  const bundled = await node('The bundle', [at('scripts', 'bundle.mjs')]);
  stamp.write(wanted);
  return `checked in ${checked}, bundled in ${bundled}`;
}

/** @param {string} project */
async function python(project) {
  const folder = resolve(root, project);
  const args = [at('dist', 'cli', 'main.js'), 'sync', '--project', folder];
  // The locks of fixtures are not committed: one that an earlier run left may be made anew.
  const env = relative(root, folder).startsWith('test') ? { CI: '' } : {};
  return `${relative(root, folder)} synced in ${await node('snakepit sync', args, env)}`;
}

/** @type {[string, () => Promise<string>][]} */
const steps = [
  ['packages', packages],
  ['addon', native],
  ['typescript', types],
];
for (const project of values.sync ?? []) steps.push(['python', () => python(project)]);

try {
  await alone(async () => {
    for (const [name, step] of steps) console.log(`setup: ${name.padEnd(10)} ${await step()}`);
  });
} catch (error) {
  console.error(error instanceof SetupError ? `setup: ${error.message}` : error);
  process.exitCode = 1;
}
