import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

import { at } from './root.mjs';
import { run } from './run.mjs';

/**
 * @typedef {object} FoundPython
 * @property {string} path
 * @property {string} version 3.12.1
 * @property {string} minor 3.12
 */

const PROBE = `
import sys, sysconfig
print(sys.implementation.name, "%d.%d.%d" % sys.version_info[:3],
      sysconfig.get_config_var("Py_ENABLE_SHARED"), sys.executable, sep="\\n")
`;

/** Interpreters that version managers keep, besides what is on PATH. */
const folders = () => [
  ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  ...[process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv')]
    .map((home) => join(home, 'versions'))
    .filter((home) => existsSync(home))
    .flatMap((home) => readdirSync(home).map((version) => join(home, version, 'bin'))),
];

/**
 * @param {string} path
 * @returns {Promise<FoundPython | undefined>}
 */
async function probe(path) {
  const { status, output } = await run(path, ['-I', '-c', PROBE], { timeout: 20_000 });
  const [name, version = '', shared, executable = path] = output.trim().split('\n');
  if (status !== 0 || name !== 'cpython' || shared !== '1') return undefined;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 3 || minor < 11) return undefined;
  return { path: executable, version, minor: `${major}.${minor}` };
}

/**
 * The CPythons >= 3.11 with a shared libpython that are on this machine, one a minor version.
 * SNAKEPIT_MATRIX_PYTHONS (a PATH-like list of interpreters) comes before what is found.
 * @returns {Promise<FoundPython[]>}
 */
async function findPythons() {
  const named = (process.env['SNAKEPIT_MATRIX_PYTHONS'] ?? '').split(delimiter).filter(Boolean);
  const searched = folders().flatMap((folder) =>
    ['11', '12', '13', '14', '15']
      .map((minor) => join(folder, `python3.${minor}`))
      .filter((path) => existsSync(path)),
  );
  /** @type {Map<string, FoundPython>} */
  const byMinor = new Map();
  const seen = new Set();
  for (const path of [...named, ...searched]) {
    const real = realpathSync(path);
    if (seen.has(real)) continue;
    seen.add(real);
    const found = await probe(path);
    if (found && !byMinor.has(found.minor)) byMinor.set(found.minor, found);
  }
  return [...byMinor.values()].sort((a, b) =>
    a.version.localeCompare(b.version, 'en', { numeric: true }),
  );
}

/** How Maven Central names the platforms it has a CPython for. */
const JAVA_PLATFORMS = new Map([
  ['linux-x64', 'linux-x86_64'],
  ['darwin-x64', 'macosx-x86_64'],
]);

/** CPythons that it keeps as archives: for machines whose own are older. */
const ARCHIVED = [{ minor: '3.14', version: '3.14.3-1.5.13' }];

/**
 * A CPython of Maven Central, unpacked beside the tools. Undefined where Maven is not installed or
 * has none for this platform: the matrix then goes without.
 * @param {FoundPython} helper any Python, to unpack with
 * @param {{ minor: string, version: string }} wanted
 * @returns {Promise<FoundPython | undefined>}
 */
async function archived(helper, { minor, version }) {
  const platform = JAVA_PLATFORMS.get(`${process.platform}-${process.arch}`);
  if (!platform) return undefined;
  const home = at('.tools', 'pythons', version);
  const bin = join(home, 'org', 'bytedeco', 'cpython', platform, 'bin');
  const program = join(bin, `python${minor}`);
  if (!existsSync(program)) {
    mkdirSync(home, { recursive: true });
    const name = `org.bytedeco:cpython:${version}:jar:${platform}`;
    const copy = ['-q', '-B', 'dependency:copy', `-Dartifact=${name}`, `-DoutputDirectory=${home}`];
    const { status } = await run('mvn', copy, { cwd: home, timeout: 300_000 });
    const jar = readdirSync(home).find((file) => file.endsWith('.jar'));
    if (status !== 0 || jar === undefined) return undefined;
    await run(helper.path, ['-m', 'zipfile', '-e', join(home, jar), home]);
    rmSync(join(home, jar));
    // A jar keeps no modes.
    for (const file of readdirSync(bin)) chmodSync(join(bin, file), 0o755);
  }
  return probe(program);
}

/**
 * The interpreters of the matrix: those of this machine, and what else can be had.
 * @returns {Promise<FoundPython[]>}
 */
export async function matrixPythons() {
  const found = await findPythons();
  const [helper] = found;
  if (!helper) return found;
  for (const wanted of ARCHIVED) {
    if (found.some(({ minor }) => minor === wanted.minor)) continue;
    const python = await archived(helper, wanted);
    if (python) found.push(python);
    else console.log(`Python ${wanted.minor}: none here, and Maven Central gave none: left out.`);
  }
  return found;
}
