import { constants } from 'node:buffer';
import { join } from 'node:path';

import type { PoolSettings } from '../contract/pool-options.ts';
import type { SandboxLevel, SandboxSupport } from '../contract/sandbox.ts';
import { publish } from '../events/events.ts';
import { packageRoot } from '../native/load.ts';
import { MAX_FRAME } from '../wire/message.ts';
import type { WorkerId } from './job.ts';
import type { Launcher } from './launcher.ts';
import { OomWatch } from './oom-watch.ts';
import { Parcels } from './parcels.ts';
import { NUMBERS } from './pool-job.ts';
import { accept, levelOf, planSandbox, type SandboxPlan } from './sandbox.ts';
import { SpawnLauncher } from './spawn-launcher.ts';
import { SLOT_BYTES, StatusSlot } from './status-page.ts';
import { allOrNone, closeDescriptor, makeMemory, mapMemory } from './system.ts';
import { TemplateLauncher } from './template-launcher.ts';
import { workerEnvironment } from './worker-environment.ts';
import { WorkerProcess, type WorkerProcessEvents } from './worker-process.ts';

/**
 * What a template may import before it forks: libraries that start no threads of their own at
 * import, or whose threads survive a fork. Everything else is imported by each worker.
 */
const SAFE_TO_FORK: ReadonlySet<string> = new Set(['numpy', 'scipy', 'pandas', 'torch', 'sklearn']);

/** So are the modules inside of them, but for torch's, of which some start processes. */
function isSafeToFork(name: string): boolean {
  const [root = ''] = name.split('.');
  return SAFE_TO_FORK.has(name) || (root !== 'torch' && SAFE_TO_FORK.has(root));
}

// A template that fails so often is no way to get workers …
const MOST_TEMPLATES = 3;
// … unless it lived so long: that was an accident.
const LONG_LIFE = 60_000;

/** Makes workers for one pool: by a template where that works, else each from the start. */
export class WorkerFactory {
  readonly #settings: PoolSettings;
  readonly #python: string;
  readonly #helpers: Readonly<Record<string, string>>;
  readonly #folder: string = join(packageRoot, 'python', 'snakepit');
  readonly #env: Readonly<Record<string, string>>;
  readonly #oom: OomWatch = new OomWatch();
  readonly #status: number;
  /** What is too large for messages, on its way to a worker. */
  readonly parcels: Parcels = new Parcels();
  /** What holds them. */
  readonly sandbox: SandboxLevel;
  readonly #plan: SandboxPlan | null;
  readonly #page: ArrayBuffer;
  readonly #freeSlots: number[];
  #launcher: Launcher | null = null;
  #templateFailures = 0;
  #isClosed = false;

  /** `helpers`: the files of the helper packs that workers offer, by name. */
  constructor(
    settings: PoolSettings,
    python: string,
    helpers: Readonly<Record<string, string>>,
    host: NodeJS.ProcessEnv,
    support: SandboxSupport,
  ) {
    this.sandbox = levelOf(settings.sandbox.profile, support);
    accept(this.sandbox);
    this.#plan = planSandbox(settings, helpers, support);
    this.#settings = settings;
    this.#helpers = helpers;
    this.#python = python;
    this.#env = workerEnvironment(settings, host);
    // Those that are leaving or dying have a slot of their own until they are gone.
    const slots = 4 * (settings.workers + settings.spares) + 16;
    this.#status = makeMemory(slots * SLOT_BYTES);
    this.#page = mapMemory(this.#status, slots * SLOT_BYTES);
    this.#freeSlots = Array.from({ length: slots }, (_, i) => slots - 1 - i);
  }

  /** Starts a worker; its end is told to `events`, whatever happens. */
  make(id: WorkerId, events: WorkerProcessEvents): WorkerProcess {
    const index = this.#freeSlots.pop();
    if (index === undefined) throw new Error('worker-factory.ts: more workers than slots');
    const { preload, memory, maxHandles } = this.#settings;
    const create = (launcher: Launcher): WorkerProcess =>
      new WorkerProcess(
        {
          id,
          launcher,
          status: this.#status,
          inbox: this.parcels.readOnly,
          slot: new StatusSlot(this.#page, index),
          settings: {
            preload,
            maxFrame: MAX_FRAME,
            maxArray: constants.MAX_LENGTH,
            maxHandles,
            firstHandle: id * NUMBERS + 1,
            helpers: this.#helpers,
            env: {},
          },
          own: this.#folder,
          memory,
          oom: this.#oom,
        },
        {
          ...events,
          gone: (death) => {
            this.#freeSlots.push(index);
            events.gone(death);
          },
        },
      );
    try {
      const launcher = (this.#launcher ??= allOrNone(() => this.#makeLauncher()));
      return allOrNone(() => create(launcher));
    } catch (error) {
      this.#freeSlots.push(index);
      throw error;
    }
  }

  #makeLauncher(): Launcher {
    const { preload, memory } = this.#settings;
    const common = { python: this.#python, env: this.#env, sandbox: this.#plan };
    const forks = process.platform === 'linux' && this.#templateFailures < MOST_TEMPLATES;
    if (!forks) {
      return new SpawnLauncher({
        ...common,
        memory,
        script: join(this.#folder, 'start_worker.py'),
      });
    }
    const safe = new Set(['numpy', ...preload.filter(isSafeToFork)]);
    const script = join(this.#folder, 'start_template.py');
    const settings = { ...common, memory, script, preload: [...safe] };
    const born = performance.now();
    const template = new TemplateLauncher(settings, (output) => {
      if (this.#launcher === template) this.#launcher = null;
      if (performance.now() - born > LONG_LIFE) this.#templateFailures = 0;
      this.#templateFailures = template.isReady ? this.#templateFailures + 1 : MOST_TEMPLATES;
      const text = `a template process ended; its workers went with it. ${output}`.trim();
      if (!this.#isClosed) publish('warning', () => ({ text }));
    });
    return template;
  }

  /** No worker is left. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#launcher?.close();
    closeDescriptor(this.#status);
    this.parcels.close();
  }
}
