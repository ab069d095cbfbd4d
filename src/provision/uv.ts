import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { type Ran, run } from './command.ts';
import { ProvisionError } from '../errors/provision-errors.ts';
import { sha256, sha256File } from './hash.ts';
import { type IndexSettings, uvEnvironment } from './network.ts';
import { hostPlatform } from './platform.ts';
import { whileWaiting } from './progress.ts';
import { onPath } from './search-path.ts';
import { compareReleases, parseRelease } from './specifier.ts';
import { fetchByHttps, fetchByPip, type Fetched } from './uv-download.ts';
import { UV_MINIMUM, UV_PINS, UV_VERSION, UV_WHEEL_ENTRY, type UvPin } from './uv-pins.ts';
import { readZipEntry } from './wheel.ts';

/** What obtaining uv needs to know. */
export interface UvRequest {
  /** The project's `.snakepit` folder. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: IndexSettings;
  readonly report: (line: string) => void;
}

/** A uv that was found or fetched; commands run under translated settings. */
export class Uv {
  readonly version: string;
  readonly path: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(path: string, version: string, env: NodeJS.ProcessEnv) {
    this.path = path;
    this.version = version;
    this.#env = env;
  }

  /** Runs `uv …` without colours and progress bars. */
  run(
    args: readonly string[],
    more: { env?: NodeJS.ProcessEnv; input?: string } = {},
  ): Promise<Ran> {
    return run(this.path, ['--color', 'never', '--no-progress', ...args], {
      env: { ...this.#env, ...more.env },
      timeout: 1_800_000,
      ...(more.input === undefined ? {} : { input: more.input }),
    });
  }
}

/**
 * A uv to work with: SNAKEPIT_UV, else the pinned one from the project or PATH, else the pinned
 * wheel, fetched by pip or, with no Python at all, over HTTPS. Of the pinned one nothing is run
 * before its bytes were compared. Another uv on PATH serves only where that one cannot be had:
 * the version decides which build of CPython a lock gets.
 */
export async function obtainUv(request: UvRequest): Promise<Uv> {
  const { home, env, settings, report } = request;
  const uvEnv = uvEnvironment(env, settings, home);
  const named = env['SNAKEPIT_UV'];
  if (named !== undefined && named !== '') {
    const version = await versionOf(named, uvEnv);
    if (version === undefined || isOlder(version)) {
      const what = version === undefined ? 'is no uv that runs' : `is uv ${version}`;
      throw new ProvisionError(
        `SNAKEPIT_UV ${what}; uv ${UV_MINIMUM} or newer is needed. Point it at one, or unset it.`,
      );
    }
    return new Uv(named, version, uvEnv);
  }
  const own = join(home, 'uv', UV_VERSION, 'uv');
  const elsewhere = onPath('uv', env);
  for (const path of [own, ...elsewhere]) {
    if (existsSync(path) && isPinned(sha256File(path))) return new Uv(path, UV_VERSION, uvEnv);
  }
  const unavailable = await fetchUv(request, own);
  if (unavailable === undefined) return new Uv(own, UV_VERSION, uvEnv);
  for (const path of elsewhere) {
    const version = await versionOf(path, uvEnv);
    if (version === undefined || isOlder(version)) continue;
    report(`uv ${UV_VERSION} cannot be fetched; using uv ${version} of this machine`);
    return new Uv(path, version, uvEnv);
  }
  throw new ProvisionError(unavailable);
}

function isOlder(version: string): boolean {
  return compareReleases(parseRelease(version), parseRelease(UV_MINIMUM)) < 0;
}

async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { code, stdout } = await run(path, ['--version'], { env, timeout: 20_000 });
  return code === 0 ? /^uv (\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
}

/** Installs the pinned uv, or says why it cannot be had from here; wrong bytes are an error. */
async function fetchUv(request: UvRequest, own: string): Promise<string | undefined> {
  const pin = UV_PINS[hostPlatform()];
  if (pin === undefined) {
    return (
      `there is no pinned uv for ${hostPlatform()}. Install uv ${UV_MINIMUM} or newer and point ` +
      'SNAKEPIT_UV at it.'
    );
  }
  const { home, env, settings, report } = request;
  report(`fetching uv ${UV_VERSION}`);
  const reasons: string[] = [];
  const ways: (() => Promise<Fetched>)[] = [
    () => fetchByPip(home, env),
    () => fetchByHttps(pin, settings),
  ];
  for (const way of ways) {
    const fetched = await whileWaiting('fetching uv', report, way);
    if (fetched.state === 'fetched') {
      install(openWheel(fetched.wheel), own);
      return undefined;
    }
    reasons.push(`  ${fetched.reason}`);
  }
  return (
    `uv ${UV_VERSION} could not be fetched from the package index:\n${reasons.join('\n')}\n` +
    'Check the network, PIP_INDEX_URL and PIP_CERT, or install uv and point SNAKEPIT_UV at it.'
  );
}

/** The pins of this machine: pip may choose the sister C library, and uv runs on either. */
function localPins(): readonly UvPin[] {
  const base = `${process.platform}-${process.arch}`;
  return [UV_PINS[base], UV_PINS[`${base}-musl`]].filter((pin) => pin !== undefined);
}

function isPinned(binarySha256: string): boolean {
  return localPins().some((pin) => pin.binarySha256 === binarySha256);
}

/** Compares the wheel with the pins, then takes the executable out. */
function openWheel(wheel: Buffer): Buffer {
  const found = sha256(wheel);
  const pin = localPins().find((candidate) => candidate.wheelSha256 === found);
  const expected = UV_PINS[hostPlatform()]?.wheelSha256 ?? '';
  if (pin === undefined) {
    throw new ProvisionError(
      `the uv ${UV_VERSION} wheel of this index has sha256 ${found}, expected ${expected}: refused. ` +
        'The index serves something else than the published file; tell whoever runs it.',
    );
  }
  const binary = readZipEntry(wheel, UV_WHEEL_ENTRY);
  if (binary === undefined || sha256(binary) !== pin.binarySha256) {
    throw new ProvisionError(
      `the uv ${UV_VERSION} wheel holds no ${UV_WHEEL_ENTRY} as pinned: refused.`,
    );
  }
  return binary;
}

function install(binary: Buffer, own: string): void {
  const folder = dirname(own);
  mkdirSync(folder, { recursive: true });
  const staging = mkdtempSync(join(folder, 'new-'));
  try {
    const staged = join(staging, 'uv');
    writeFileSync(staged, binary);
    chmodSync(staged, 0o755);
    renameSync(staged, own);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
