import { readSync } from 'node:fs';

import { ProtocolError } from '../errors/worker-errors.ts';
import { Connection } from '../wire/connection.ts';
import type { WorkerMessage, WorkerSettings } from '../wire/message.ts';
import { errorOf } from '../wire/outcome.ts';
import { channelOver } from './channel-over.ts';
import { causeOfDeath, type ExitStatus, type KillReason } from './exit-status.ts';
import { parseFatalDump } from './fatal-dump.ts';
import type { Death, WorkerId } from './job.ts';
import type { Launcher } from './launcher.ts';
import type { OomWatch } from './oom-watch.ts';
import { Output } from './output.ts';
import { ResultFile } from './parcels.ts';
import { SharedPeer } from './shared-peer.ts';
import type { StatusSlot } from './status-page.ts';
import { closeDescriptor, makeMemory, makePipe, makeSocketPair } from './system.ts';

const CRASH_BYTES = 65_536;

// Milliseconds. A dying Python may take its time; a worker that closed its channel may not.
const EXIT_PATIENCE = 2000;
// What a worker sent before it died is in the pipe; a forked child of it may keep that open.
const CHANNEL_PATIENCE = 50;
// How long faulthandler has to write where a hung worker stands.
const DUMP_PATIENCE = 30;

export interface WorkerProcessOptions {
  readonly id: WorkerId;
  readonly launcher: Launcher;
  readonly status: number;
  /** The file with the pool's parcels. */
  readonly inbox: number;
  readonly slot: StatusSlot;
  readonly settings: WorkerSettings;
  /** The folder of the worker's own code, whose frames nobody wants to see. */
  readonly own: string;
  readonly memory: number | null;
  readonly oom: OomWatch;
}

export interface WorkerProcessEvents {
  ready(): void;
  message(message: WorkerMessage): void;
  /** Once, when everything is known; the process and what it started are gone. */
  gone(death: Death): void;
}

/** A worker process with its channel, from its launch to its last word. */
export class WorkerProcess {
  readonly id: WorkerId;
  readonly slot: StatusSlot;
  readonly connection: Connection;
  readonly results: ResultFile = new ResultFile();
  readonly shared: SharedPeer;
  readonly #options: WorkerProcessOptions;
  readonly #events: WorkerProcessEvents;
  readonly #output: Output;
  readonly #crash: number;
  #pid = 0;
  #saidReady = false;
  #exit: ExitStatus | null = null;
  #channelClosed = false;
  #killed: KillReason | null = null;
  #timer: NodeJS.Timeout | null = null;
  #error: Error | null = null;
  #isGone = false;

  constructor(options: WorkerProcessOptions, events: WorkerProcessEvents) {
    const { id, launcher, slot, status, inbox, settings } = options;
    this.id = id;
    this.slot = slot;
    this.#options = options;
    this.#events = events;
    slot.clear();
    const [requests, send] = makePipe(1);
    const [receive, replies] = makePipe(0);
    const [stdout, stdoutEnd] = makePipe(0);
    const [stderr, stderrEnd] = makePipe(0);
    const [memory, memoryEnd] = makeSocketPair();
    this.#crash = makeMemory(CRASH_BYTES);
    this.#output = new Output(stdout, stderr);
    const handlers = {
      message: (message: WorkerMessage): void => {
        this.#message(message);
      },
      closed: (error: Error | null): void => {
        this.#closed(error);
      },
    };
    const channel = channelOver(receive, send);
    this.shared = new SharedPeer(memory, (leases, files) => {
      if (this.connection.isOpen) this.connection.shared(leases, files);
    });
    const { results, shared } = this;
    const source = {
      shared,
      read: (place: number, bytes: number) => results.read(place, bytes),
    };
    this.connection = new Connection(channel, handlers, settings.maxFrame, source);
    const ends = [stdoutEnd, stderrEnd, requests, replies] as const;
    const files = [status, this.#crash, inbox, results.descriptor, memoryEnd] as const;
    const descriptors = [...ends, ...files] as const;
    launcher.launch(
      { worker: id, descriptors, settings: { slot: slot.index } },
      {
        started: (pid) => {
          this.#pid = pid;
          if (this.#saidReady) this.#events.ready();
        },
        exited: (exit) => {
          this.#exited(exit);
        },
      },
    );
    this.connection.hello(settings);
  }

  /** 0 until it is known. */
  get pid(): number {
    return this.#pid;
  }

  /** Why the host ended it, if it did. */
  get killed(): KillReason | null {
    return this.#killed;
  }

  #message(message: WorkerMessage): void {
    if (message.kind === 'ready') {
      this.#saidReady = true;
      // The template's word on its number may come later than its own.
      if (this.#pid > 0) this.#events.ready();
    } else if (message.kind === 'error' && message.id === 0) {
      // Of no call: what it was to import before it is ready could not be.
      this.#error = errorOf(message.failure);
    } else this.#events.message(message);
  }

  /** Raises KeyboardInterrupt in this call and in no other. */
  interrupt(ticket: number): void {
    this.slot.cancel(ticket);
    this.#options.launcher.signal(this.id, 'SIGINT');
  }

  leave(patience: number): void {
    this.#killed ??= 'leave';
    this.connection.shutdown();
    this.#after(patience, () => {
      this.#options.launcher.kill(this.id);
    });
  }

  kill(why: KillReason): void {
    if (this.#killed === null || this.#killed === 'leave') this.#killed = why;
    if (why !== 'hang') {
      this.#options.launcher.kill(this.id);
      return;
    }
    // First it may say where it stands.
    this.#options.launcher.signal(this.id, 'SIGUSR1');
    this.#after(DUMP_PATIENCE, () => {
      this.#options.launcher.kill(this.id);
    });
  }

  #closed(error: Error | null): void {
    this.#channelClosed = true;
    if (this.#exit !== null) this.#finish();
    else if (error instanceof ProtocolError) this.kill('protocol');
    else {
      this.#after(EXIT_PATIENCE, () => {
        this.kill('protocol');
      });
    }
  }

  #exited(exit: ExitStatus): void {
    this.#exit = exit;
    if (this.#channelClosed) this.#finish();
    else {
      this.#after(CHANNEL_PATIENCE, () => {
        this.#finish();
      });
    }
  }

  #after(ms: number, act: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
    this.#timer.unref();
  }

  #finish(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.connection.close();
    this.#output.end();
    const { oom, memory, own } = this.#options;
    const dump = parseFatalDump(this.#readCrash(), own);
    closeDescriptor(this.#crash);
    this.results.close();
    this.shared.close();
    const exit = this.#exit;
    const killed = this.#killed;
    // Only a SIGKILL that was not ours raises the question.
    const oomKills = exit?.signal === 'SIGKILL' && killed === null && oom.rose();
    const output = this.#output.tail;
    const cause = causeOfDeath({ exit, killed, dump, oomKills, memoryLimit: memory, output });
    const started = this.slot.read('started');
    this.#events.gone({ cause, started, stack: dump.stack, output, error: this.#error });
  }

  #readCrash(): string {
    const buffer = Buffer.alloc(CRASH_BYTES);
    const length = readSync(this.#crash, buffer, 0, buffer.length, 0);
    const end = buffer.indexOf(0);
    return buffer.toString('utf8', 0, end < 0 ? length : end);
  }
}
