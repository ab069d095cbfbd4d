import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Ran, tail } from './command.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { readText, sha256 } from './hash.ts';
import { whileWaiting } from './progress.ts';
import { hashInputs, type ProjectInputs } from './project.ts';
import { lowestMinor } from './specifier.ts';
import { type RecordedFile, replaceFile } from './stamp.ts';
import type { Uv } from './uv.ts';

/** What building an environment needs to know. */
export interface EnvironmentRequest {
  readonly home: string;
  readonly inputs: ProjectInputs;
  readonly uv: Uv;
  readonly executable: RecordedFile;
  readonly libpython: RecordedFile;
  readonly report: (line: string) => void;
}

/** A finished virtual environment. */
export interface Environment {
  readonly folder: string;
  readonly python: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** A mark that is written last; without it an environment is half built and is built anew. */
const COMPLETE = '.snakepit-complete';

/** Resolves the packages, unless that was done for these inputs, and installs them by hash. */
export async function buildEnvironment(request: EnvironmentRequest): Promise<Environment> {
  const { home, uv, executable, libpython, report } = request;
  const requirements = await resolvePackages(request);
  const identity = [executable.path, executable.sha256, libpython.sha256, requirements];
  // A new folder for each content: what a running process has open is never changed under it.
  const folder = join(home, 'envs', sha256(JSON.stringify(identity)).slice(0, 16));
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, COMPLETE))) {
    rmSync(folder, { recursive: true, force: true });
    const made = await uv.run(['venv', '--no-project', '--python', executable.path, folder]);
    check(made, 'the virtual environment could not be made');
    await installPackages(request, python, requirements);
    writeFileSync(join(folder, COMPLETE), '');
  } else {
    report('packages: already installed');
  }
  return { folder, python, packages: await listPackages(uv, python) };
}

/** Drops all environments but the named ones. */
export function dropEnvironments(home: string, kept: readonly string[]): void {
  const all = join(home, 'envs');
  for (const name of existsSync(all) ? readdirSync(all) : []) {
    const folder = join(all, name);
    if (!kept.includes(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

async function resolvePackages(request: EnvironmentRequest): Promise<string> {
  const { home, inputs, executable, report } = request;
  const path = join(home, 'requirements.txt');
  const header = `# inputs: ${hashInputs(inputs)}\n`;
  const before = readText(path);
  if (before?.startsWith(header) === true) return before;
  report(`resolving ${String(inputs.dependencies.length)} requirements for all platforms`);
  mkdirSync(home, { recursive: true });
  const staged = `${path}.resolving`;
  // Versions chosen before stay while they still fit: adding a package moves no other.
  if (before === undefined) rmSync(staged, { force: true });
  else copyFileSync(path, staged);
  const compile = ['pip', 'compile', '-', '--quiet', '--universal', '--generate-hashes'];
  const output = ['--no-header', '--no-annotate', '--output-file', staged];
  const range = ['--python-version', lowestMinor(inputs.requiresPython)];
  const python = ['--python', executable.path, '--only-binary', ':all:'];
  const input = `${inputs.dependencies.join('\n')}\n`;
  const ran = await online(
    request,
    'resolving',
    [...compile, ...output, ...range, ...python],
    input,
  );
  check(ran, 'the requirements in pyproject.toml could not be resolved');
  const text = header + (readText(staged) ?? '');
  rmSync(staged, { force: true });
  replaceFile(path, text);
  return text;
}

async function installPackages(
  request: EnvironmentRequest,
  python: string,
  requirements: string,
): Promise<void> {
  if (request.inputs.dependencies.length === 0) return;
  const started = performance.now();
  request.report('installing packages');
  const sync = ['pip', 'sync', '-', '--quiet', '--require-hashes', '--only-binary', ':all:'];
  const ran = await online(
    request,
    'installing packages',
    [...sync, '--python', python],
    requirements,
  );
  check(ran, 'the packages could not be installed');
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  request.report(`packages: installed in ${seconds} s`);
}

/** Runs a uv command; where the index is out of reach, once more from uv's cache alone. */
async function online(
  { uv, report }: EnvironmentRequest,
  what: string,
  args: readonly string[],
  input: string,
): Promise<Ran> {
  const ran = await whileWaiting(what, report, () => uv.run(args, { input }));
  if (ran.code === 0 || !/Failed to fetch|error sending request|dns error/i.test(ran.stderr)) {
    return ran;
  }
  const cached = await uv.run(['--offline', ...args], { input });
  if (cached.code !== 0) return ran;
  report('the package index cannot be reached; what was needed is in the cache');
  return cached;
}

async function listPackages(uv: Uv, python: string): Promise<Record<string, string>> {
  const ran = await uv.run(['pip', 'list', '--format', 'json', '--python', python]);
  check(ran, 'the installed packages could not be listed');
  const rows = JSON.parse(ran.stdout) as { name: string; version: string }[];
  return Object.fromEntries(rows.map(({ name, version }) => [name, version]));
}

function check(ran: Ran, what: string): void {
  if (ran.code !== 0) throw new ProvisionError(`${what}. uv said:\n${tail(ran.stderr)}`);
}
