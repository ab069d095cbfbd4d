import { existsSync, mkdirSync } from 'node:fs';

import { at } from './root.mjs';
import { run } from './run.mjs';

/** The Nodes of the matrix: the oldest supported line to the newest, pinned for repeatability. */
export const NODES = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];

/**
 * A Node of a version, out of the npm packages that hold its binaries.
 * @param {string} version
 * @returns {Promise<string>} the program
 */
export async function nodeProgram(version) {
  if (process.version === `v${version}`) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const home = at('.tools', 'nodes', version);
  const program = `${home}/node_modules/${name}/bin/node`;
  if (existsSync(program)) return program;
  mkdirSync(home, { recursive: true });
  const npm = process.env['npm_execpath'];
  const args = ['install', '--prefix', home, '--no-save', '--no-audit', `${name}@${version}`];
  const { status, output } = npm
    ? await run(process.execPath, [npm, ...args])
    : await run('npm', args);
  if (status !== 0) throw new Error(`Node ${version} could not be had:\n${output}`);
  return program;
}
