// Writes down what a pool tells, as lanes of a timeline: one for each worker.
import { basename } from 'node:path';

import { events } from 'snakepit';

/**
 * @typedef {object} Run one attempt at a call
 * @property {number} call
 * @property {string} name
 * @property {number} attempt
 * @property {number} from
 * @property {number | null} to
 * @property {'value' | 'error' | 'crash' | null} end
 *
 * @typedef {object} Lane
 * @property {string} worker
 * @property {number | null} pid
 * @property {number} spawn milliseconds since the recording began, as all times are
 * @property {number | null} ready
 * @property {number | null} taint
 * @property {number | null} exit
 * @property {string | null} reason
 * @property {string | null} signal
 * @property {string | null} line of Python where it died
 * @property {string[]} stack
 * @property {Run[]} runs
 *
 * @typedef {{ at: number, call: number, name: string, executed: boolean }} Retry
 */

/** @param {import('snakepit').Frame} frame */
const describe = ({ file, line, function: name }) => `${basename(file)}:${line} in ${name}`;

/**
 * The innermost frame that is ours, or else of anybody.
 * @param {readonly import('snakepit').Frame[]} stack
 */
export function placeOf(stack) {
  const frame = stack.findLast(({ file }) => file.includes('/helpers/')) ?? stack.at(-1);
  return frame === undefined ? 'an unknown place' : describe(frame);
}

export class Recorder {
  /** The first worker's. */
  #begin = Number.NaN;
  /** @type {Map<string, Lane>} */
  #lanes = new Map();
  /** The attempt that is under way, by call. @type {Map<number, Run>} */
  #running = new Map();
  /** @type {Retry[]} */
  retries = [];
  #listening = [
    events.on('worker.spawn', ({ worker }) => {
      if (this.#lanes.size === 0) this.#begin = performance.now();
      this.#lanes.set(worker, { ...NEW, worker, spawn: this.now, stack: [], runs: [] });
    }),
    events.on('worker.ready', ({ worker, pid }) => {
      this.#note(worker, { ready: this.now, pid });
    }),
    events.on('worker.taint', ({ worker, reason }) => {
      this.#note(worker, { taint: this.now, reason });
    }),
    events.on('worker.exit', (event) => this.#exit(event)),
    events.on('call.start', ({ call, name, worker, attempt }) => {
      const run = { call, name, attempt, from: this.now, to: null, end: null };
      this.#running.set(call, run);
      this.#lanes.get(worker)?.runs.push(run);
    }),
    events.on('call.end', ({ call }) => this.#end(call, 'value')),
    events.on('call.error', ({ call }) => this.#end(call, 'error')),
    events.on('retry', ({ call, name, executed }) => {
      this.retries.push({ at: this.now, call, name, executed });
    }),
  ];

  /** Milliseconds since the first worker was started. */
  get now() {
    return performance.now() - this.#begin;
  }

  get lanes() {
    return [...this.#lanes.values()];
  }

  /** Deaths by a signal, so far. */
  get crashes() {
    return this.lanes.filter(({ signal }) => signal === 'SIGSEGV').length;
  }

  /** When it began, as clocks of other processes say it too. */
  get epoch() {
    return performance.timeOrigin + this.#begin;
  }

  stop() {
    for (const one of this.#listening) one[Symbol.dispose]();
  }

  /**
   * @param {string} worker
   * @param {Partial<Lane>} news
   */
  #note(worker, news) {
    const lane = this.#lanes.get(worker);
    if (lane !== undefined) Object.assign(lane, news);
  }

  /** @param {import('snakepit').EventMap['worker.exit']} event */
  #exit({ worker, reason, signal, pythonStack }) {
    const stack = pythonStack.map(describe);
    const line = stack.length === 0 ? null : placeOf(pythonStack);
    this.#note(worker, { exit: this.now, reason, signal, line, stack });
    const run = this.#lanes.get(worker)?.runs.at(-1);
    if (run?.end === null) Object.assign(run, { to: this.now, end: 'crash' });
  }

  /**
   * @param {number} call
   * @param {'value' | 'error'} end
   */
  #end(call, end) {
    const run = this.#running.get(call);
    this.#running.delete(call);
    // What ended with its worker was told by the worker's end.
    if (run?.end === null) Object.assign(run, { to: this.now, end });
  }
}

const NEW = {
  pid: null,
  ready: null,
  taint: null,
  exit: null,
  reason: null,
  signal: null,
  line: null,
};
