import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { constants } from 'node:os';

import { addonPath, loadBinding } from '../native/load.ts';
import { exitStatusOf } from './exit-status.ts';
import type { WorkerId } from './job.ts';
import { closePipes, type Launcher, type LaunchEvents, type LaunchRequest } from './launcher.ts';
import type { SandboxPlan } from './sandbox.ts';
import { closeDescriptor, makeSocketPair } from './system.ts';

export interface TemplateSettings {
  readonly python: string;
  /** python/snakepit/start_template.py */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Modules that are safe to import before a fork. */
  readonly preload: readonly string[];
  /** Bytes of its own that each worker may have. */
  readonly memory: number | null;
  readonly sandbox: SandboxPlan | null;
}

interface Launched {
  readonly worker: WorkerId;
  readonly events: LaunchEvents;
  pid: number;
  /** Means this process and no later one of its number; -1 where the kernel has none. */
  handle: number;
  /** It is to be killed as soon as it has a number. */
  doomed: boolean;
}

interface TemplateMessage {
  readonly ready?: Readonly<Record<string, string | null>>;
  readonly forked?: number;
  readonly pid?: number;
  readonly exited?: number;
  readonly status?: number;
}

/** What a template that is gone leaves behind: its workers die with it. */
const LOST = { code: null, signal: 'SIGKILL' } as const;

// A socket that is full has a template that forks as fast as it can.
const SEND_PAUSE = 5;

/**
 * Workers as forks of a template process, which has Python and its libraries loaded already. A
 * launch costs this process one system call.
 */
export class TemplateLauncher implements Launcher {
  readonly #settings: TemplateSettings;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #descriptor: number;
  readonly #workers: Map<WorkerId, Launched> = new Map<WorkerId, Launched>();
  readonly #byPid: Map<number, Launched> = new Map<number, Launched>();
  readonly #failed: (output: string) => void;
  #text = '';
  #output = '';
  #isReady = false;
  #isOver = false;
  #isClosing = false;

  /** `failed`: the template is gone, and its workers with it; called once, with its last words. */
  constructor(settings: TemplateSettings, failed: (output: string) => void) {
    this.#settings = settings;
    this.#failed = failed;
    const [host, child] = makeSocketPair();
    this.#descriptor = host;
    const { preload, sandbox } = settings;
    const given = JSON.stringify({ preload, parent: process.pid, addon: addonPath(), sandbox });
    this.#child = spawn(settings.python, ['-I', '-X', 'faulthandler=0', settings.script, given], {
      stdio: ['ignore', 'ignore', 'pipe', child],
      detached: true,
      env: settings.env,
    });
    closeDescriptor(child);
    this.#socket = new Socket({ fd: host, readable: true, writable: false });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => {
      this.#read(text);
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#end();
    });
    this.#socket.unref();
    this.#child.unref();
    this.#child.on('error', (error) => {
      this.#output += error.message;
      this.#end();
    });
    const { stderr } = this.#child;
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-8192);
    });
    (stderr as Socket | null)?.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** It forks: what it was to load is loaded. */
  get isReady(): boolean {
    return this.#isReady;
  }

  launch(request: LaunchRequest, events: LaunchEvents): void {
    const { worker, settings } = request;
    const launched = { worker, events, pid: 0, handle: -1, doomed: false };
    this.#workers.set(worker, launched);
    const { memory } = this.#settings;
    const text = `${JSON.stringify({ fork: worker, settings, memory })}\n`;
    this.#send(launched, request, text);
  }

  #send(launched: Launched, request: LaunchRequest, text: string): void {
    const { descriptors } = request;
    const answer = this.#isOver
      ? -constants.errno.EPIPE
      : loadBinding().sendDescriptors(this.#descriptor, text, descriptors);
    if (answer === -constants.errno.EAGAIN) {
      setTimeout(() => {
        this.#send(launched, request, text);
      }, SEND_PAUSE);
      return;
    }
    closePipes(descriptors);
    // Its end is told later: whoever launches does not expect it before launch returned.
    if (answer !== text.length) {
      setImmediate(() => {
        this.#lose(launched);
      });
    }
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#message(JSON.parse(line) as TemplateMessage);
  }

  #message(message: TemplateMessage): void {
    if (message.ready !== undefined) this.#isReady = true;
    if (message.forked !== undefined) {
      const launched = this.#workers.get(message.forked);
      if (launched === undefined) return;
      launched.pid = message.pid ?? 0;
      launched.handle = loadBinding().openProcess(launched.pid);
      this.#byPid.set(launched.pid, launched);
      launched.events.started(launched.pid);
      if (launched.doomed) this.kill(launched.worker);
    }
    if (message.exited !== undefined) {
      const launched = this.#byPid.get(message.exited);
      if (launched !== undefined) this.#forget(launched, message.status ?? 0);
    }
  }

  #forget(launched: Launched, status: number): void {
    this.#byPid.delete(launched.pid);
    this.#workers.delete(launched.worker);
    if (launched.handle >= 0) closeDescriptor(launched.handle);
    launched.events.exited(exitStatusOf(status));
  }

  #lose(launched: Launched): void {
    if (!this.#workers.delete(launched.worker)) return;
    this.#byPid.delete(launched.pid);
    if (launched.handle >= 0) closeDescriptor(launched.handle);
    if (launched.pid > 0) endGroup(launched.pid);
    launched.events.exited(LOST);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    for (const launched of [...this.#workers.values()]) this.#lose(launched);
    if (!this.#isClosing) this.#failed(this.#output);
  }

  /** The template ends what it started, once it sees that it is dead. */
  kill(worker: WorkerId): void {
    const launched = this.#workers.get(worker);
    if (launched !== undefined) launched.doomed = true;
    this.signal(worker, 'SIGKILL');
  }

  /** By its handle: its number may mean another process by now. */
  signal(worker: WorkerId, signal: NodeJS.Signals): void {
    const launched = this.#workers.get(worker);
    if (launched === undefined || launched.pid === 0) return;
    if (launched.handle >= 0) {
      loadBinding().signalProcess(launched.handle, constants.signals[signal]);
      return;
    }
    try {
      process.kill(launched.pid, signal);
    } catch {
      // It is gone, and the template has not said so yet.
    }
  }

  close(): void {
    // The end of its socket is what it ends by; it takes everything it started along.
    this.#isClosing = true;
    this.#socket.destroy();
  }
}

/** What a worker started would outlive it now that nobody looks after it. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
