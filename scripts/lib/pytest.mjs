import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { at, readJson } from './root.mjs';
import { run } from './run.mjs';
import { hashOf, stampAt } from './stamp.mjs';
import { noCounts } from './vitest.mjs';

/**
 * The Python of a synced project's environment.
 * @param {string} project
 * @returns {string | undefined}
 */
export function projectPython(project) {
  const path = join(project, '.snakepit', 'environment.json');
  if (!existsSync(path)) return undefined;
  const { python } = readJson(path);
  return python.venv;
}

/**
 * pytest in a folder of its own, put on PYTHONPATH: a project's environment is locked, and tests
 * must not install into it. hypothesis is there, too.
 * @returns {Promise<string>}
 */
export async function pytestFolder() {
  const requirements = at('scripts', 'pytest-requirements.txt');
  const home = at('.tools', 'pytest');
  const wanted = hashOf([requirements]);
  const stamp = stampAt(join(home, 'stamp'));
  if (stamp.matches(wanted)) return home;
  const { toolsVenv } = await import('./python-tools.mjs');
  const bin = await toolsVenv('tools');
  const { status, output } = await run(join(bin, 'python'), [
    ...['-m', 'pip', 'install', '--quiet', '--no-input', '--no-deps', '--upgrade'],
    ...['--target', home, '-r', requirements],
  ]);
  if (status !== 0) throw new Error(`pytest could not be installed:\n${output}`);
  stamp.write(wanted);
  return home;
}

/**
 * Runs python/tests with the interpreter of a synced project.
 * @param {string} project
 * @returns {Promise<import('./vitest.mjs').Counts>}
 */
export async function pytest(project) {
  if (!existsSync(at('python', 'tests'))) return noCounts();
  const python = projectPython(project);
  if (!python) throw new Error(`${project} is not synced: npx snakepit sync --project ${project}`);
  const report = at('build', 'pytest.xml');
  const { status } = await run(
    python,
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junit-xml=${report}`, 'tests'],
    {
      cwd: at('python'),
      show: true,
      env: { PYTHONPATH: await pytestFolder(), PYTHONDONTWRITEBYTECODE: '1' },
    },
  );
  return readJUnit(report, status);
}

/**
 * @param {string} path
 * @param {number} status
 */
function readJUnit(path, status) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  /** @param {string} name */
  const count = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  return {
    passed: count('tests') - failed - skipped,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped,
  };
}
