import { existsSync, mkdirSync, readFileSync } from 'node:fs';

import { at } from './root.mjs';
import { run } from './run.mjs';
import { hashOf, stampAt } from './stamp.mjs';

/** Newest first; plain python3 last, because a version manager's shim may stand behind it. */
const CANDIDATES = ['python3.13', 'python3.12', 'python3.14', 'python3.11', 'python3', 'python'];

/** The oldest Python that the pinned tools run on. */
const OLDEST = [3, 11];

/** @returns {Promise<string>} */
async function anyPython() {
  for (const name of CANDIDATES) {
    const { status } = await run(name, [
      '-c',
      `import sys, venv, ensurepip; sys.exit(sys.version_info < (${OLDEST.join(', ')}))`,
    ]);
    if (status === 0) return name;
  }
  throw new Error(
    `No Python >= ${OLDEST.join('.')} with venv and pip was found on PATH. Install one ` +
      '(Debian: apt-get install python3-venv); only the developer tools need it.',
  );
}

/**
 * A virtual environment in `.tools/` that holds the pinned packages of one requirements file.
 * Returns its folder of programs.
 * @param {'tools' | 'zig'} name scripts/<name>-requirements.txt
 * @returns {Promise<string>}
 */
export async function toolsVenv(name) {
  const requirements = at('scripts', `${name}-requirements.txt`);
  const home = at('.tools', name);
  const bin = `${home}/bin`;
  const wanted = hashOf([requirements]);
  const stamp = stampAt(`${home}/stamp`);
  if (stamp.matches(wanted) && existsSync(`${bin}/python`)) return bin;
  mkdirSync(at('.tools'), { recursive: true });
  const steps = /** @type {const} */ ([
    [await anyPython(), ['-m', 'venv', '--clear', home]],
    [`${bin}/python`, ['-m', 'pip', 'install', '--quiet', '--no-input', '-r', requirements]],
  ]);
  for (const [command, args] of steps) {
    const { status, output } = await run(command, args);
    if (status !== 0) {
      throw new Error(`Could not install scripts/${name}-requirements.txt:\n${output}`);
    }
  }
  stamp.write(wanted);
  return bin;
}

/**
 * The pinned version of a package in a requirements file.
 * @param {'tools' | 'zig'} name
 * @param {string} distribution
 */
export function pinned(name, distribution) {
  const text = readFileSync(at('scripts', `${name}-requirements.txt`), 'utf8');
  return new RegExp(`^${distribution}==(\\S+)`, 'm').exec(text)?.[1] ?? 'unpinned';
}

/**
 * zig, as the package index has it: a compiler for every target in one wheel.
 * @returns {Promise<string>}
 */
export async function zigProgram() {
  const bin = await toolsVenv('zig');
  const { status, output } = await run(`${bin}/python`, [
    '-c',
    'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent / "zig")',
  ]);
  if (status !== 0) throw new Error(`The ziglang package does not import:\n${output}`);
  return output.trim();
}
