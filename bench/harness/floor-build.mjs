// Builds the floor against the provisioned Python, again only when one of the two changed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { floorFile } from '../contestants/floor.mjs';

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL('../floor/', import.meta.url));
const build = `${folder}build`;

/** @param {import('./python.mjs').BenchPython} python */
export function buildFloor(python) {
  const options = [
    `-DFLOOR_NODE_INCLUDE=${require('node-api-headers').include_dir}`,
    `-DFLOOR_PYTHON_INCLUDE=${python.include}`,
    `-DFLOOR_LIBPYTHON=${python.libpython}`,
  ];
  const hash = createHash('sha256').update(options.join('\n')).update(python.version);
  for (const name of ['floor.cc', 'ping.cc', 'CMakeLists.txt'])
    hash.update(readFileSync(folder + name));
  const stamp = `${build}/.stamp`;
  const wanted = hash.digest('hex');
  if (existsSync(floorFile) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(build, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  const run = (/** @type {string[]} */ args) =>
    execFileSync('cmake', args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  // Makefiles leave files named .ts in the folder; Ninja does not, and is quicker.
  const generator = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
  run(['-S', folder, '-B', build, ...generator, '-DCMAKE_BUILD_TYPE=Release', ...options]);
  run(['--build', build]);
  writeFileSync(stamp, wanted);
}
