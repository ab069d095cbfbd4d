import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { ProvisionError } from '../errors/provision-errors.ts';
import { tail } from './command.ts';
import { sha256File } from './hash.ts';
import { whileWaiting } from './progress.ts';
import { redact } from './redact.ts';
import { scratchFolder } from './scratch.ts';
import type { Uv } from './uv.ts';

/** What installing a managed CPython needs to know. */
export interface ManagedRequest {
  /** The project's `.snakepit` folder; interpreters go to its `python`. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uv: Uv;
  readonly report: (line: string) => void;
  /** Unpack it even where it looks right: somebody changed a file of it. */
  readonly reinstall?: boolean;
}

/** A download that began and broke off is worth uv's retries; one that never began is not. */
const BROKE_OFF = /timed? ?out|connection (reset|closed)|error decoding|unexpected eof/i;

/** The archive that an interpreter came out of. */
export interface Archive {
  readonly sha256: string | null;
}

interface How {
  /** Unpack it even where it is there already. */
  readonly reinstall: boolean;
  /** The release of the distribution; null for whichever uv's list has. */
  readonly build: string | null;
  /** Looks at the archive's hash, whatever uv made of the archive. */
  readonly inspect?: (sha256: string) => void;
}

/** Lets uv download and unpack a CPython, or says in one line why it could not. */
export async function install(
  { home, env, uv, report }: ManagedRequest,
  folder: string,
  wanted: string,
  { reinstall, build, inspect }: How,
): Promise<Archive | string> {
  // uv keeps the archive here, compared with its own list: what the lock's hash is made of.
  const archives = scratchFolder(home);
  const how = ['--no-bin', '--install-dir', folder, ...(reinstall ? ['--reinstall'] : [])];
  const args = ['python', 'install', ...how, wanted];
  const common = {
    UV_PYTHON_CACHE_DIR: archives,
    ...(build === null ? {} : { UV_PYTHON_CPYTHON_BUILD: build }),
  };
  // Without retries a refused download is known in 0.1 s; with uv's default it takes ten.
  const once = { ...common, UV_HTTP_RETRIES: env['UV_HTTP_RETRIES'] ?? '0' };
  const what = `downloading CPython (${wanted})`;
  try {
    let ran = await whileWaiting(what, report, () => uv.run(args, { env: once }));
    if (ran.code !== 0 && BROKE_OFF.test(ran.stderr)) {
      ran = await whileWaiting(what, report, () => uv.run(args, { env: common }));
    }
    const file = readdirSync(archives).find((name) => /\.tar\.(gz|zst)$/.test(name));
    const sha256 = file === undefined ? null : sha256File(join(archives, file));
    if (sha256 !== null) inspect?.(sha256);
    return ran.code === 0 ? { sha256 } : refusal(ran.stderr);
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
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
