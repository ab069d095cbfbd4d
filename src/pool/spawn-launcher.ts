import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rm } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { addonPath } from '../native/load.ts';
import { exitStatusOf } from './exit-status.ts';
import type { WorkerId } from './job.ts';
import { closePipes, type Launcher, type LaunchEvents, type LaunchRequest } from './launcher.ts';
import { isLocked, type SandboxPlan } from './sandbox.ts';

export interface SpawnSettings {
  readonly python: string;
  /** The file that a cold worker starts with. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of its own that each worker may have. */
  readonly memory: number | null;
  readonly sandbox: SandboxPlan | null;
}

/** As python/snakepit/scratch.py, which removes those whose host was killed. */
function makeScratch(env: Readonly<Record<string, string>>): string {
  return mkdtempSync(join(env['TMPDIR'] ?? tmpdir(), 'snakepit-worker-'));
}

/** Workers as children of this process, each a Python of its own from the start. */
export class SpawnLauncher implements Launcher {
  readonly #settings: SpawnSettings;
  readonly #children: Map<WorkerId, ChildProcess> = new Map<WorkerId, ChildProcess>();

  constructor(settings: SpawnSettings) {
    this.#settings = settings;
  }

  launch({ worker, descriptors, settings }: LaunchRequest, events: LaunchEvents): void {
    const { python, script, env, memory, sandbox } = this.#settings;
    const [stdout, stderr, ...others] = descriptors;
    const scratch = sandbox !== null && isLocked(sandbox.profile) ? makeScratch(env) : null;
    const host = { parent: process.pid, memory, addon: addonPath(), sandbox, scratch };
    const given = JSON.stringify({
      ...settings,
      ...host,
      status: 5,
      crash: 6,
      inbox: 7,
      outbox: 8,
      shared: 9,
    });
    let ended = false;
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (ended) return;
      ended = true;
      // While its group has members its number means nobody else.
      this.kill(worker);
      this.#children.delete(worker);
      if (scratch !== null) rm(scratch, { recursive: true, force: true }, () => undefined);
      events.exited(signal === null ? exitStatusOf(code ?? 127) : { code: null, signal });
    };
    // Its own session, so that what it starts can be ended with it.
    const child = spawn(python, ['-I', '-X', 'faulthandler=0', script, given], {
      stdio: ['ignore', stdout, stderr, ...others],
      detached: true,
      env,
    });
    closePipes(descriptors);
    this.#children.set(worker, child);
    child.unref();
    child.once('error', () => {
      end(127, null);
    });
    child.once('exit', end);
    child.once('spawn', () => {
      events.started(child.pid ?? 0);
    });
  }

  kill(worker: WorkerId): void {
    const pid = this.#children.get(worker)?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Before its setsid there is no such group yet, afterwards nobody may be left in it.
      this.#children.get(worker)?.kill('SIGKILL');
    }
  }

  signal(worker: WorkerId, signal: NodeJS.Signals): void {
    this.#children.get(worker)?.kill(signal);
  }

  close(): void {
    for (const worker of [...this.#children.keys()]) this.kill(worker);
  }
}
