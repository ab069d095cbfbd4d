// The provisioned Python of the test project: every contestant runs on this one interpreter.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} BenchPython
 * @property {string} executable the environment's python
 * @property {string} version
 * @property {string} numpy its version
 * @property {string} libpython the shared library that the addons load
 * @property {string} include the folder of Python.h
 * @property {string} prefix the base interpreter's prefix
 * @property {string} site the environment's site-packages
 * @property {string} helpers the folder of bench_helpers.py
 * @property {string} project
 */

const QUESTION = `
import json, sys, sysconfig
import numpy
print(json.dumps({
    "version": sys.version.split()[0],
    "numpy": numpy.__version__,
    "include": sysconfig.get_paths()["include"],
    "prefix": sys.base_prefix,
    "site": sysconfig.get_paths()["purelib"],
}))
`;

/**
 * @param {string} project a synced project
 * @param {string} helpers
 * @returns {BenchPython}
 */
export function findPython(project, helpers) {
  const stamp = join(project, '.snakepit', 'environment.json');
  if (!existsSync(stamp)) {
    throw new Error(`No Python is provisioned for the benchmarks. Run \`npm run build\`, then \
\`npx snakepit sync --project ${project}\`, and try again.`);
  }
  const { python } = JSON.parse(readFileSync(stamp, 'utf8'));
  const executable = process.env['SNAKEPIT_BENCH_PYTHON'] ?? python.venv;
  const answer = JSON.parse(execFileSync(executable, ['-c', QUESTION], { encoding: 'utf8' }));
  if (!existsSync(join(answer.include, 'Python.h'))) {
    throw new Error(`The floor needs Python.h, and ${answer.include} has none. Install the \
development files of Python ${answer.version}, or sync on one that brings them.`);
  }
  return { ...answer, executable, libpython: python.libpython.path, helpers, project };
}
