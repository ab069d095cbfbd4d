import { fileURLToPath } from 'node:url';

import { type Ran, run } from './command.ts';
import type { LockedInterpreter } from './lock.ts';
import { cleanEnvironment } from './network.ts';
import { PYTHON_MINIMUM } from './project.ts';
import { redact } from './redact.ts';
import { satisfies } from './specifier.ts';
import type { RecordedFile } from './stamp.ts';

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

/** An interpreter that fits the project: its files were recorded before it was asked anything. */
export interface Interpreter {
  /** What a lock says of it. */
  readonly entry: LockedInterpreter;
  readonly executable: RecordedFile;
  readonly libpython: RecordedFile;
  readonly openssl: string | null;
  readonly zlib: string | null;
}

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
