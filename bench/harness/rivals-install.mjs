// Installs the rivals into bench/rivals/node_modules and compiles the two that are native, against
// the same Python as everybody. One that cannot be had is reported with its reason, never dropped.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../rivals/', import.meta.url));
const modules = join(folder, 'node_modules');
const stamp = join(modules, '.bench-stamp.json');

/** @typedef {{ ok: boolean, reason: string }} Installed */

/**
 * @param {import('./python.mjs').BenchPython} python
 * @param {(line: string) => void} say
 * @returns {Record<string, Installed>}
 */
export function installRivals(python, say) {
  const key = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .update(`${process.versions.modules} ${python.version} ${python.libpython}`)
    .digest('hex');
  if (existsSync(stamp)) {
    const known = JSON.parse(readFileSync(stamp, 'utf8'));
    if (known.key === key) return known.rivals;
  }
  say('installing the rivals (once) …');
  const fetched = attempt('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder, {});
  const names = ['node-calls-python', 'pymport', 'pythonia', 'python-shell'];
  if (!fetched.ok) return Object.fromEntries(names.map((name) => [name, fetched]));
  const rivals = {
    'node-calls-python': compile('node-calls-python', python, []),
    pymport: compile('pymport', python, pymportOptions()),
    pythonia: { ok: true, reason: '' },
    'python-shell': { ok: true, reason: '' },
  };
  // A failure is not remembered: its cause may be gone the next time.
  if (Object.values(rivals).every(({ ok }) => ok)) {
    writeFileSync(stamp, JSON.stringify({ key, rivals }, null, 2));
  }
  return rivals;
}

// node-pre-gyp would pass these two; its own way here is a download, which this replaces.
function pymportOptions() {
  const target = join(modules, 'pymport', 'lib', 'binding', `${process.platform}-${process.arch}`);
  return ['--module_name=pymport', `--module_path=${target}`, '--external_python=true'];
}

/**
 * @param {string} name
 * @param {import('./python.mjs').BenchPython} python
 * @param {string[]} options
 * @returns {Installed}
 */
function compile(name, python, options) {
  const nodePrefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(nodePrefix, 'include', 'node', 'node_api.h'));
  const lib = dirname(python.libpython);
  const link = `-L${lib} -lpython${python.version.split('.').slice(0, 2).join('.')}`;
  const args = [join(modules, 'node-gyp', 'bin', 'node-gyp.js'), 'rebuild', ...options];
  return attempt(process.execPath, args, join(modules, name), {
    // Its binding.gyp asks the python3-config first on PATH.
    PATH: `${join(python.prefix, 'bin')}:${process.env['PATH']}`,
    CXXFLAGS: `-I${python.include}`,
    LDFLAGS: `-Wl,-rpath,${lib}`,
    LIBS: link,
    // By the variable, which node-gyp lets win over its own option.
    ...(headers ? { npm_config_nodedir: nodePrefix } : {}),
  });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} env
 * @returns {Installed}
 */
function attempt(command, args, cwd, env) {
  try {
    execFileSync(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: 'pipe',
      timeout: 600_000,
    });
    return { ok: true, reason: '' };
  } catch (error) {
    const { stderr, message } = /** @type {Error & { stderr?: Buffer }} */ (error);
    const lines = (stderr?.toString() || message).split('\n');
    const cause = lines.find((line) => /\b(error:|ERR! stack|npm error) /i.test(line));
    return { ok: false, reason: (cause ?? message).trim().slice(0, 200) };
  }
}
