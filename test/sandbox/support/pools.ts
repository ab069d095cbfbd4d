import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PoolOptions } from '../../../src/contract/pool-options.ts';
import type { SandboxSupport } from '../../../src/contract/sandbox.ts';
import { PoolExecutor } from '../../../src/pool/pool-executor.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'] ?? '';

export type SandboxOption = PoolOptions['sandbox'];

export function openPool(
  sandbox: SandboxOption,
  options: PoolOptions = {},
  support?: SandboxSupport,
): Promise<PoolExecutor> {
  const sizes = { project, workers: 1, spares: 0, breaker: false, quarantine: false } as const;
  const all = { ...sizes, sandbox, ...options };
  return PoolExecutor.open(all, () => ({}), process.env, support);
}

/** A folder that is in no list, with files, and a process to be attacked. */
export class Surroundings {
  readonly outside: string = mkdtempSync(join(tmpdir(), 'outside-'));
  readonly #victim: ChildProcess = spawn('sleep', ['600'], { stdio: 'ignore' });

  constructor() {
    for (const name of ['file', 'cut']) writeFileSync(join(this.outside, name), 'text');
    mkdirSync(join(this.outside, 'inner'));
  }

  /** What the acts are told. */
  get names(): Record<string, unknown> {
    const { outside } = this;
    return { outside, host: process.pid, victim: this.#victim.pid };
  }

  remove(): void {
    this.#victim.kill('SIGKILL');
    rmSync(this.outside, { recursive: true, force: true });
  }
}
