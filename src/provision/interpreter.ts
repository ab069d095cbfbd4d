import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Ran, run, tail } from './command.ts';
import { NoPythonError } from '../errors/errors.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { cleanEnvironment } from './network.ts';
import { whileWaiting } from './progress.ts';
import { PYTHON_MINIMUM } from './project.ts';
import { redact } from './redact.ts';
import { searchFolders } from './search-path.ts';
import { lowestMinor, satisfies } from './specifier.ts';
import type { PythonSource } from './stamp.ts';
import type { Uv } from './uv.ts';

/** An interpreter as it describes itself (python/snakepit/probe_interpreter.py). */
export interface Probed {
  readonly implementation: string;
  readonly version: string;
  /** The real file, behind shims, links and virtual environments. */
  readonly executable: string;
  readonly bits: number;
  readonly machine: string;
  readonly freeThreaded: boolean;
  readonly libpython: string | null;
  readonly refused: readonly string[];
  readonly openssl: string | null;
  readonly zlib: string | null;
}

/** A usable interpreter: its libpython was found and answers with the same version text. */
export interface Interpreter extends Probed {
  readonly libpython: string;
  readonly source: PythonSource;
  /** One line for a person: why this one. */
  readonly why: string;
}

/**
 * The newest CPython that snakepit is tested with. A download stays at or below it: wheels for a
 * CPython of this autumn appear months later. Asking for a newer one in requires-python lifts it.
 */
const NEWEST_TESTED = '3.14';

/** A download that began and broke off is worth uv's retries; one that never began is not. */
const BROKE_OFF = /timed? ?out|connection (reset|closed)|error decoding|unexpected eof/i;

const PROBE = fileURLToPath(new URL('../../python/snakepit/probe_interpreter.py', import.meta.url));

/** Asks an interpreter about itself, or says why it does not answer. */
export async function probe(python: string, env: NodeJS.ProcessEnv): Promise<Probed | string> {
  const options = { env: cleanEnvironment(env), timeout: 30_000 };
  const ran = await run(python, ['-I', PROBE], options);
  const probed = ran.code === 0 ? readProbed(ran.stdout) : undefined;
  if (probed !== undefined) return probed;
  // A Python too old to read the probe still tells its version.
  const named = await run(python, ['--version'], options);
  const version = /^Python (\d\S*)/m.exec(named.stdout + named.stderr)?.[1];
  if (version !== undefined && !satisfies(version, `>=${PYTHON_MINIMUM}`)) return tooOld(version);
  return `is no usable Python: ${answerOf(ran)}`;
}

/** The probe's one line; anything before it is a .pth file's or sitecustomize's. */
function readProbed(stdout: string): Probed | undefined {
  try {
    const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Partial<Probed> | null;
    return typeof said?.implementation === 'string' ? (said as Probed) : undefined;
  } catch {
    return undefined; // another program: `ls` lists the folder
  }
}

/** What it did instead of describing itself, in one line. */
function answerOf({ code, stdout, stderr }: Ran): string {
  const lines = [stderr, stdout].map((text) => redact(text).trim().split('\n'));
  const [first = ''] = lines.find(([line]) => line !== '') ?? [];
  if (code === null)
    return first === '' ? 'it did not end by itself' : `it does not run (${first})`;
  const how = code === 0 ? '' : ` and ended with exit code ${String(code)}`;
  if (first === '') return `asked about itself, it printed nothing${how}`;
  // A traceback tells at its end what went wrong.
  const told = first.startsWith('Traceback') ? stderr.trim().split('\n').at(-1) : first;
  return `asked about itself, it printed "${redact(told ?? first)
    .trim()
    .slice(0, 200)}"${how}`;
}

function tooOld(version: string): string {
  return `is Python ${version}; snakepit needs CPython ${PYTHON_MINIMUM} or newer`;
}

/** Why an interpreter cannot be used for a project; undefined when it can. */
export function unfit(probed: Probed, requiresPython: string): string | undefined {
  const { version, implementation } = probed;
  if (implementation !== 'cpython') return `is ${implementation}, not CPython`;
  if (!satisfies(version, `>=${PYTHON_MINIMUM}`)) return tooOld(version);
  if (!satisfies(version, requiresPython)) {
    return `is Python ${version}, but pyproject.toml has requires-python "${requiresPython}"`;
  }
  if (probed.freeThreaded) return `is a free-threaded build of Python ${version}`;
  const machines = process.arch === 'arm64' ? ['arm64', 'aarch64'] : ['x86_64', 'amd64'];
  if (probed.bits !== 64 || !machines.includes(probed.machine)) {
    return `is built for ${probed.machine} (${String(probed.bits)} bit), this Node for ${process.arch}`;
  }
  if (probed.libpython === null) {
    const others = probed.refused.length === 0 ? '' : ` (refused: ${probed.refused.join('; ')})`;
    return (
      `is Python ${version} with libpython linked in statically: it has no shared libpython to ` +
      `embed${others}. Rebuild it with --enable-shared, or install its libpython package`
    );
  }
  return undefined;
}

/** What choosing needs to know. */
export interface InterpreterRequest {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly requiresPython: string;
  readonly uv: Uv;
  /** The managed one on disk was changed: unpack it anew. */
  readonly reinstall: boolean;
  readonly report: (line: string) => void;
}

/**
 * Chooses the project's CPython: SNAKEPIT_PYTHON when it is set, else a managed one by uv, else,
 * where downloads are refused, the first on PATH that fits.
 */
export async function chooseInterpreter(request: InterpreterRequest): Promise<Interpreter> {
  const { env, requiresPython } = request;
  const named = env['SNAKEPIT_PYTHON'];
  if (named !== undefined && named !== '') {
    const found = await examine(named, request);
    if (typeof found === 'string') {
      throw new NoPythonError(
        `SNAKEPIT_PYTHON (${named}) ${found}. Point it at the python3 of a CPython ` +
          `${PYTHON_MINIMUM} or newer itself (not at a shim that chooses one), or unset it.`,
      );
    }
    return { ...found, source: 'system', why: 'named by SNAKEPIT_PYTHON' };
  }
  const managed = await installManaged(request);
  if (typeof managed !== 'string') return managed;
  request.report(`no managed CPython (${managed}); looking for one on PATH`);
  const refusals: string[] = [];
  const seen = new Set<string>();
  for (const candidate of candidatesOnPath(env)) {
    const found = await examine(candidate, request);
    if (typeof found !== 'string') {
      return { ...found, source: 'system', why: 'the first on PATH that fits' };
    }
    if (!seen.has(found)) refusals.push(`  ${candidate} ${found}`);
    seen.add(found);
  }
  const list = refusals.length === 0 ? '  there is no python on PATH' : refusals.join('\n');
  throw new NoPythonError(
    `no CPython for requires-python "${requiresPython}".\nuv could not install one: ${managed}.\n` +
      `On this machine:\n${list}\nInstall a CPython ${lowestMinor(requiresPython)} or newer with a ` +
      'shared libpython, or point SNAKEPIT_PYTHON at one, then run `npx snakepit sync` again.',
  );
}

async function examine(
  python: string,
  request: InterpreterRequest,
): Promise<(Probed & { libpython: string }) | string> {
  const probed = await probe(python, request.env);
  if (typeof probed === 'string') return probed;
  const why = unfit(probed, request.requiresPython);
  if (why !== undefined) return why;
  return { ...probed, libpython: probed.libpython ?? '' };
}

/** `python3`, `python`, then `python3.N` from new to old, folder by folder in PATH's order. */
function candidatesOnPath(env: NodeJS.ProcessEnv): string[] {
  const plain = ['python3', 'python'];
  const found: string[] = [];
  for (const folder of searchFolders(env)) {
    const numbered = readdirSync(folder)
      .filter((name) => /^python3\.\d+$/.test(name))
      .toSorted((a, b) => Number(b.slice(8)) - Number(a.slice(8)));
    found.push(...[...plain, ...numbered].map((name) => join(folder, name)));
  }
  return found.filter((path) => existsSync(path));
}

async function installManaged(request: InterpreterRequest): Promise<Interpreter | string> {
  const { uv, home, env, requiresPython, reinstall, report } = request;
  const lowest = Number(lowestMinor(requiresPython).split('.')[1]);
  const capped = lowest <= Number(NEWEST_TESTED.split('.')[1]);
  const next = `3.${String(Number(NEWEST_TESTED.split('.')[1]) + 1)}`;
  const wanted = `>=${PYTHON_MINIMUM}${capped ? `,<${next}` : ''},${requiresPython}`;
  // Without retries a refused download is known in 0.1 s; with uv's default it takes ten.
  const probeEnv = { UV_HTTP_RETRIES: env['UV_HTTP_RETRIES'] ?? '0' };
  const how = ['--no-bin', ...(reinstall ? ['--reinstall'] : [])];
  const install = ['python', 'install', ...how, wanted];
  const what = 'installing a managed CPython';
  let installed = await whileWaiting(what, report, () => uv.run(install, { env: probeEnv }));
  if (installed.code !== 0 && BROKE_OFF.test(installed.stderr)) {
    installed = await whileWaiting(what, report, () => uv.run(install));
  }
  if (installed.code !== 0) return refusal(installed.stderr);
  const where = ['python', 'find', '--managed-python', '--no-project', '--no-python-downloads'];
  const found = await uv.run([...where, wanted]);
  const python = found.stdout.trim();
  if (found.code !== 0) return refusal(found.stderr);
  if (!python.startsWith(join(home, 'python') + sep)) return `uv found ${python} instead`;
  const fits = await examine(python, request);
  if (typeof fits === 'string') return `the one that uv installed ${fits}`;
  return { ...fits, source: 'managed', why: 'installed by uv into .snakepit/python' };
}

/**
 * What uv says failed and its deepest cause, in one line. Bytes that are not the published ones
 * are no refusal: nothing else may quietly take their place.
 */
function refusal(stderr: string): string {
  if (/hash mismatch/i.test(stderr)) {
    throw new ProvisionError(
      `the CPython that uv downloaded is not the published one: refused. uv said:\n${tail(stderr)}\n` +
        'Tell whoever runs the mirror, or point SNAKEPIT_PYTHON at a CPython of this machine.',
    );
  }
  const all = redact(stderr).trim().split('\n');
  const told = all.flatMap((line) => /^\s*(?:error|cause):\s*(.+)$/.exec(line)?.[1] ?? []);
  const lines = told.length > 0 ? told : all.slice(-1).filter((line) => line !== '');
  const [first = 'uv gave no reason', last = first] = [lines[0], lines.at(-1)];
  return first === last ? first : `${first}: ${last}`;
}
