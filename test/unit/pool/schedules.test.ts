import { expect, test } from 'vitest';

import { WorkerCrashError } from '../../../src/errors/worker-errors.ts';
import type { Job, Seat } from '../../../src/pool/job.ts';
import { job, type ModelWorker, random, seat, World } from './world.ts';

/**
 * Random schedules against a model: callers, clocks and workers do what they like, in any order.
 * The world itself throws on a second settlement, on a call for a worker that is not idle, on
 * tickets that do not rise and on more calls at a time than workers.
 */
const SCHEDULES = Number(process.env['SNAKEPIT_SCHEDULES'] ?? 12_000);
const STEPS = 80;

class Play {
  readonly #chance: () => number;
  readonly world: World;
  readonly seats: Seat[] = [seat('a'), seat('b'), seat('c', 'hint')];
  readonly jobs: Job[] = [];
  readonly reasons: Map<number, Error> = new Map<number, Error>();
  readonly #retries: number;

  constructor(seed: number) {
    const chance = random(seed);
    this.#chance = chance;
    this.#retries = 1 + this.#pick(3);
    this.world = new World(
      {
        workers: 1 + this.#pick(3),
        spares: this.#pick(2),
        queue: this.#pick(12),
        distrust: chance() < 0.2,
        breaker: chance() < 0.5 ? false : { failures: 2, cooldown: 500 },
        quarantine: chance() < 0.5 ? false : { kills: 2, forMs: 1000 },
        restartIntensity: chance() < 0.5 ? false : { restarts: 3, withinMs: 2000 },
        recycle: {
          ageMs: chance() < 0.3 ? 3000 : null,
          calls: chance() < 0.3 ? 3 : null,
          idleMs: chance() < 0.3 ? 1000 : null,
          rssMB: null,
        },
      },
      chance,
    );
    this.world.scheduler.open(0);
  }

  #pick(below: number): number {
    return Math.floor(this.#chance() * below);
  }

  #one<T>(of: readonly T[]): T | undefined {
    return of[this.#pick(of.length)];
  }

  #worker(...states: ModelWorker['state'][]): ModelWorker | undefined {
    return this.#one(
      [...this.world.workers.values()].filter(({ state }) => states.includes(state)),
    );
  }

  #submit(): void {
    const roll = this.#chance();
    const made = job({
      seat: roll < 0.3 ? (this.#one(this.seats) ?? null) : null,
      home: roll > 0.9 ? (this.#worker('idle', 'busy')?.id ?? null) : null,
      idempotent: this.#chance() < 0.5,
      timeout: this.#chance() < 0.2 ? this.#pick(1000) : null,
      retry: { attempts: this.#retries, on: ['OSError'] },
      name: `f${String(this.#pick(3))}`,
      fingerprint: `p${String(this.#pick(6))}`,
    });
    if (this.world.submit(made) === null) this.jobs.push(made);
  }

  #cancel(): void {
    const one = this.#one(this.jobs);
    if (one === undefined || this.world.ends.has(one.id)) return;
    const reason = new Error('not wanted');
    if (!this.reasons.has(one.id)) this.reasons.set(one.id, reason);
    this.world.scheduler.cancel(one.id, reason, this.world.now);
  }

  #answer(): void {
    const worker = this.#worker('busy');
    if (worker?.job == null) return;
    const mro = [null, null, ['ValueError', 'Exception'], ['OSError', 'Exception']][this.#pick(4)];
    expect(this.world.answer(worker, mro ?? null)).toBe(true);
  }

  step(): void {
    const { world } = this;
    const roll = this.#pick(100);
    const starting = this.#worker('starting');
    if (roll < 30) this.#submit();
    else if (roll < 40 && starting) world.ready(starting);
    else if (roll < 42 && starting) world.die(starting);
    else if (roll < 55) this.#answer();
    else if (roll < 65) {
      const worker = this.#worker('busy');
      if (worker !== undefined) world.begin(worker);
    } else if (roll < 72) {
      const worker = this.#worker('busy', 'idle', 'busy');
      if (worker !== undefined) world.die(worker);
    } else if (roll < 80) {
      const worker = this.#worker('killed', 'leaving');
      if (worker !== undefined) world.die(worker);
    } else if (roll < 84) this.#cancel();
    else if (roll < 86) this.world.scheduler.recycle(world.now);
    else if (roll < 88) this.#one(this.seats.filter(({ lost }) => lost !== null))?.lost === null;
    else world.advance(this.#pick(roll < 98 ? 50 : 3000));
  }

  /** Everybody behaves from now on; whatever was accepted must come to its end. */
  finish(close: boolean): void {
    const { world } = this;
    if (close) world.scheduler.close(world.now);
    for (let i = 0; i < 2000; i++) {
      if (world.scheduler.pending === 0 && (!close || world.workers.size === 0)) return;
      for (const worker of [...world.workers.values()]) {
        if (worker.state === 'starting') world.ready(worker);
        else if (worker.state === 'busy') world.answer(worker);
        else if (worker.state !== 'idle') world.die(worker);
      }
      world.advance(100);
    }
    const left = this.jobs.filter(({ id }) => !world.ends.has(id));
    const detail = JSON.stringify({ left, workers: [...world.workers.values()] });
    throw new Error(`${String(left.length)} calls never ended: ${detail}`);
  }

  check(): void {
    const { world } = this;
    expect(world.ends.size).toBe(world.accepted.size);
    expect(world.scheduler.counts).toMatchObject({ queued: 0, running: 0 });
    for (const one of this.jobs) {
      const end = world.ends.get(one.id);
      const begun = world.begun.get(one.id) ?? 0;
      expect(end).toBeDefined();
      // The promise of the status page: what may not run twice begins once at most.
      expect(begun).toBeLessThanOrEqual(one.idempotent ? one.retry.attempts : 1);
      if (end?.ok === true) {
        expect(end.value).toBe(one.id);
        expect(begun).toBeGreaterThan(0);
        expect(this.reasons.has(one.id)).toBe(false);
      } else if (this.reasons.has(one.id) && begun === 0) {
        expect(end?.error).toBeInstanceOf(Error);
      }
      if (end?.ok === false && end.error instanceof WorkerCrashError && one.home === null) {
        // What had not begun was moved, unless its session's state was lost or it moved ten times.
        if (end.error.executed === 'no' && one.seat === null) {
          expect(end.error.attempts.length).toBeGreaterThan(10);
        }
      }
    }
  }
}

test(`${String(SCHEDULES)} random schedules: every accepted call settles exactly once`, () => {
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    try {
      const play = new Play(seed);
      for (let i = 0; i < STEPS; i++) play.step();
      play.finish(seed % 3 === 0);
      play.check();
    } catch (error) {
      throw new Error(`seed ${String(seed)}`, { cause: error });
    }
  }
}, 300_000);
