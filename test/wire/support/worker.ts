import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

import { type Batch, ModuleName, type Outcome, type Step } from '../../../src/contract/batch.ts';
import type { Want } from '../../../src/contract/call.ts';
import { loadBinding, packageRoot } from '../../../src/native/load.ts';
import { locate } from '../../../src/provision/locate.ts';
import {
  Connection,
  encodeBatch,
  nativeChannel,
  outcomesOf,
  streamChannel,
} from '../../../src/wire/connection.ts';
import {
  MAX_FRAME,
  type RunContext,
  type WorkerMessage,
  type WorkerSettings,
} from '../../../src/wire/message.ts';

export const python: string = locate(process.env['SNAKEPIT_TEST_PROJECT']).executable;

const SETTINGS: WorkerSettings = {
  preload: [],
  maxFrame: MAX_FRAME,
  maxHandles: 1000,
  firstHandle: 1,
  helpers: {},
  env: {},
};

export interface TestWorkerOptions {
  readonly channel?: 'native' | 'stream';
  /** Descriptors for 5, 6, … */
  readonly stdio?: readonly (number | 'ignore')[];
  readonly settings?: object;
}

/** Two pipes: [read, write] for each side. */
function makePipes(): { host: [number, number]; child: [number, number] } {
  const requests = loadBinding().makePipe(1);
  const replies = loadBinding().makePipe(0);
  if (typeof requests === 'number' || typeof replies === 'number') throw new Error('makePipe');
  return { host: [replies[0], requests[1]], child: [requests[0], replies[1]] };
}

/** A real worker, and a host that does no more than speak frames. */
export class TestWorker {
  readonly child: ChildProcess;
  readonly connection: Connection;
  readonly messages: WorkerMessage[] = [];
  /** What ended the connection; undefined while it is open. */
  closed: Error | null | undefined = undefined;
  #waiting: (() => void)[] = [];
  #id = 0;

  constructor({ channel = 'native', stdio = [], settings = {} }: TestWorkerOptions = {}) {
    const pipes = channel === 'native' ? makePipes() : null;
    const script = join(packageRoot, 'python', 'snakepit', 'start_worker.py');
    this.child = spawn(python, ['-I', '-X', 'faulthandler=0', script, JSON.stringify(settings)], {
      stdio: [
        'ignore',
        'inherit',
        'inherit',
        ...(pipes?.child ?? (['pipe', 'pipe'] as const)),
        ...stdio,
      ],
    });
    pipes?.child.forEach((descriptor) => {
      closeSync(descriptor);
    });
    const [, , , requests, replies] = this.child.stdio;
    const open =
      pipes === null
        ? streamChannel(replies as Readable, requests as Writable)
        : nativeChannel(...pipes.host);
    this.connection = new Connection(open, {
      message: (message) => {
        this.messages.push(message);
        this.#wake();
      },
      closed: (error) => {
        this.closed = error;
        this.#wake();
      },
    });
    this.connection.ref();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The next message for which `wanted` is true; it is taken out. */
  async next<M extends WorkerMessage>(
    wanted: (message: WorkerMessage) => message is M,
  ): Promise<M> {
    for (;;) {
      const index = this.messages.findIndex(wanted);
      if (index >= 0) return this.messages.splice(index, 1)[0] as M;
      if (this.closed !== undefined)
        throw this.closed ?? new Error('the worker closed the channel');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  kind<K extends WorkerMessage['kind']>(kind: K): Promise<Extract<WorkerMessage, { kind: K }>> {
    return this.next(
      (message): message is Extract<WorkerMessage, { kind: K }> => message.kind === kind,
    );
  }

  async ready(settings: Partial<WorkerSettings> = {}): Promise<this> {
    this.connection.hello({ ...SETTINGS, ...settings });
    await this.kind('hello');
    await this.kind('ready');
    return this;
  }

  nextId(): number {
    return ++this.#id;
  }

  send(batch: Batch, context: RunContext | null = null): number {
    const id = this.nextId();
    this.connection.run(id, encodeBatch(batch), context);
    return id;
  }

  async outcomes(batch: Batch, context: RunContext | null = null): Promise<readonly Outcome[]> {
    const id = this.send(batch, context);
    const answer = await this.next(
      (message): message is Extract<WorkerMessage, { kind: 'result' | 'error' }> =>
        (message.kind === 'result' || message.kind === 'error') && message.id === id,
    );
    if (answer.kind === 'error') throw Object.assign(new Error('batch'), answer.failure);
    return outcomesOf(batch.returns, answer.values);
  }

  /** The value of the last step, or its error thrown. */
  async run(steps: readonly Step[], want: Want = 'auto', context?: RunContext): Promise<any> {
    const returns = [{ step: steps.length - 1, want }];
    const [outcome] = await this.outcomes({ steps, returns }, context);
    if (outcome?.ok !== true) throw outcome?.error as Error;
    return outcome.value;
  }

  async end(): Promise<number | null> {
    const { child } = this;
    this.connection.close();
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => child.once('exit', resolve));
    }
    return child.exitCode;
  }
}

/** A call of a module's function, as a step. */
export const call = (module: string, name: string, ...args: unknown[]): Step => ({
  op: 'function',
  target: new ModuleName(module),
  name,
  args,
});

/** An expression of Python, as a step. */
export const evaluate = (text: string): Step => call('builtins', 'eval', text);
