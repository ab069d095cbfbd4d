// Claims: a server with 200 WebSocket clients, each heartbeat answered through a pool with default
// options, goes on as if nothing were, while other calls crash the pool's workers 10,000 times. At 20
// crashes a second its event loop is at most 3 times as late as without any, in turns within one run.
// Nothing grows and nothing is left, also when the server itself is killed.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startClients } from '../../examples/chaos/clients.mjs';
import { serve } from '../../examples/chaos/server.mjs';
import { killedHost } from '../harness/chaos-killed.mjs';
import { Deaths, Load } from '../harness/chaos-load.mjs';
import { LoopDelay } from '../harness/loop-delay.mjs';
import { left, marksOf, parentOf } from '../harness/process-marks.mjs';
import { atMost, fact } from '../harness/verdict.mjs';

export const title = 'chaos: 200 sockets on a pool whose workers crash';
export const program = 'trial.mjs';
export const contestants = ['pool'];
export const trials = { full: 1, quick: 1 };
export const limitMs = 1_800_000;

const CLIENTS = 200;
const HEARTBEAT_MS = 1000;
const CRASHES_PER_SECOND = 20;
const FREE = 'the loop is late, p99: no crashes';
const PACED = 'the loop is late, p99: 20 crashes a second';
const UNPACED = 'the loop is late, p99: as many crashes as it can';
const BEAT = 'a heartbeat and its answer, p50: ';
const PHASES = /** @type {const} */ ({ free: FREE, paced: PACED, unpaced: UNPACED });

class Chaos {
  delays = { free: new LoopDelay(), paced: new LoopDelay(), unpaced: new LoopDelay() };
  /** What everybody quotes, for comparison. */
  monitors = {
    free: monitorEventLoopDelay({ resolution: 1 }),
    paced: monitorEventLoopDelay({ resolution: 1 }),
    unpaced: monitorEventLoopDelay({ resolution: 1 }),
  };
  /** @type {Record<keyof typeof PHASES, number[]>} */
  beats = { free: [], paced: [], unpaced: [] };
  /** @type {{ crashes: number, host: ReturnType<typeof marksOf>, template: ReturnType<typeof marksOf>, heapMB: number }[]} */
  marks = [];
  unpacedSeconds = 0;
  unpacedCrashes = 0;
  clients;
  load;
  template;
  deaths;

  /**
   * @param {any} pool
   * @param {Awaited<ReturnType<typeof startClients>>} clients
   * @param {number} template
   * @param {Deaths} deaths
   */
  constructor(pool, clients, template, deaths) {
    this.deaths = deaths;
    this.clients = clients;
    this.template = template;
    this.load = new Load(pool);
  }

  /**
   * @param {keyof typeof PHASES} phase
   * @param {() => Promise<void>} run
   */
  async phase(phase, run) {
    await this.clients.look();
    this.delays[phase].start();
    this.monitors[phase].enable();
    await run();
    this.delays[phase].stop();
    this.monitors[phase].disable();
    for (const { ms } of await this.clients.look()) this.beats[phase].push(ms);
  }

  mark() {
    globalThis.gc?.();
    const template = marksOf(this.template);
    const heapMB = process.memoryUsage().heapUsed / 2 ** 20;
    this.marks.push({ crashes: this.deaths.segfaults, host: marksOf('self'), template, heapMB });
  }
}

/**
 * @param {{ isolated: any, events: import('snakepit').Events, python: import('../harness/python.mjs').BenchPython }} contestant
 * @param {{ chaos: { crashes: number, pacedRounds: number, pacedCalls: number, step: number } }} settings
 */
export async function measure({ isolated, events, python }, { chaos: wish }) {
  const { project } = python;
  const pool = await isolated({ project });
  const math = await pool.import('math');
  const server = await serve((value) => math.isqrt(value));
  const pids = /** @type {number[]} */ (
    await Promise.all([0, 1].map(() => pool`import os, time; time.sleep(0.1); return os.getpid()`))
  );
  const template = parentOf(pids[0] ?? 0);
  const clients = await startClients({ port: server.port, count: CLIENTS });
  await clients.begin(HEARTBEAT_MS);
  const chaos = new Chaos(pool, clients, template, new Deaths(events));
  // What is compiled and loaded on first use is not a leak, and no delay of crashes.
  await chaos.load.paced({ perSecond: CRASHES_PER_SECOND, count: 40, crashing: true });
  await runPhases(chaos, wish);
  const tally = await clients.end();
  chaos.deaths.stop();
  await server.close();
  const stats = pool.stats();
  await pool.close();
  const remaining = await left([...pids, template], 2000);
  const killed = await killedHost(project);
  return report(chaos, { tally, failures: server.failures, stats, remaining, killed });
}

/**
 * @param {Chaos} chaos
 * @param {{ crashes: number, pacedRounds: number, pacedCalls: number, step: number }} wish
 */
async function runPhases(chaos, { crashes, pacedRounds, pacedCalls, step }) {
  const { deaths, load } = chaos;
  const target = deaths.segfaults + crashes;
  for (let round = 0; round < pacedRounds; round += 1) {
    const rate = { perSecond: CRASHES_PER_SECOND, count: pacedCalls };
    await chaos.phase('free', () => load.paced({ ...rate, crashing: false }));
    await chaos.phase('paced', () => load.paced({ ...rate, crashing: true }));
  }
  const before = deaths.segfaults;
  while (deaths.segfaults < target) {
    const until = Math.min(target, deaths.segfaults + step);
    const begin = performance.now();
    await chaos.phase('unpaced', () =>
      load.unpaced({ callers: 2, until: () => deaths.segfaults >= until }),
    );
    chaos.unpacedSeconds += (performance.now() - begin) / 1000;
    // The first time after a thousand of these: V8's young generation is as large as they make it.
    chaos.mark();
  }
  chaos.unpacedCrashes = deaths.segfaults - before;
}

/**
 * @param {Chaos} chaos
 * @param {{ tally: import('../../examples/chaos/clients.mjs').Tally, failures: unknown[], stats: any, remaining: number, killed: { processes: number, names: number } }} end
 */
function report(chaos, { tally, failures, stats, remaining, killed }) {
  const { load, deaths, delays, monitors, marks } = chaos;
  /** @type {Record<string, { min: number, median: number }>} */
  const rows = {};
  for (const phase of /** @type {(keyof typeof PHASES)[]} */ (Object.keys(PHASES))) {
    rows[PHASES[phase]] = same(delays[phase].quantile(0.99));
    rows[BEAT + phase] = same(at(chaos.beats[phase], 0.5));
  }
  const wrong = [...load.wrong, ...deaths.others, ...failures.map(String)];
  /** @type {Record<string, number>} */
  const counted = { dropped: tally.dropped, lost: tally.lost, doubled: tally.doubled };
  counted['wrongly answered'] = tally.wrong;
  counted['not sent'] = Math.max(0, CLIENTS - tally.sockets);
  for (const [what, count] of Object.entries(counted)) {
    if (count > 0) wrong.push(`${count} heartbeats or sockets ${what}`);
  }
  const [first, last] = [marks[0], marks.at(-1)];
  const facts = {
    'segfaults of workers': deaths.segfaults,
    'calls of the grid': load.counts.calls,
    'of them right': load.counts.right,
    'of them failed as they had to': load.counts.failedAsExpected,
    'retried by the pool': stats.retried,
    heartbeats: tally.sent,
    'sockets dropped': tally.dropped,
    'heartbeats lost': tally.lost,
    'heartbeats answered twice': tally.doubled,
    'crashes a second, unpaced': chaos.unpacedCrashes / chaos.unpacedSeconds,
    'ms late at most, no crashes': delays.free.max,
    'ms late at most, 20 crashes a second': delays.paced.max,
    'ms late at most, unpaced': delays.unpaced.max,
    'ms, p99 by monitorEventLoopDelay, no crashes': monitors.free.percentile(99) / 1e6,
    'ms, p99 by monitorEventLoopDelay, 20 crashes a second': monitors.paced.percentile(99) / 1e6,
    'ms, p99 by monitorEventLoopDelay, unpaced': monitors.unpaced.percentile(99) / 1e6,
    'crashes between the marks': (last?.crashes ?? 0) - (first?.crashes ?? 0),
    'MB of the host, first mark': first?.host.rssMB ?? NaN,
    'MB of the host, last mark': last?.host.rssMB ?? NaN,
    'MB in use of V8’s heap, first mark': first?.heapMB ?? NaN,
    'MB in use of V8’s heap, last mark': last?.heapMB ?? NaN,
    'MB of the template, first mark': first?.template.rssMB ?? NaN,
    'MB of the template, last mark': last?.template.rssMB ?? NaN,
    'descriptors of the host, first mark': first?.host.descriptors ?? NaN,
    'descriptors of the host, last mark': last?.host.descriptors ?? NaN,
    'descriptors of the template, first mark': first?.template.descriptors ?? NaN,
    'descriptors of the template, last mark': last?.template.descriptors ?? NaN,
    'processes left after close()': remaining,
    'processes left after SIGKILL of a host': killed.processes,
    'names in shared memory left after it': killed.names,
  };
  return { rows, facts, wrong };
}

/** @param {number} ms */
const same = (ms) => ({ min: ms * 1e6, median: ms * 1e6 });

/**
 * @param {number[]} times
 * @param {number} part
 */
function at(times, part) {
  return times.sort((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN;
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  const of = (/** @type {string} */ name) => fact(summary, 'pool', name);
  const none = (/** @type {string} */ name) => atMost(summary, name, 0, () => of(name));
  /** Growth for each thousand crashes, where noise of one worker's worth is none. */
  const growth = (/** @type {string} */ what) =>
    (of(`${what}, last mark`) - of(`${what}, first mark`)) /
    Math.max(1, of('crashes between the marks') / 1000);
  return [
    none('sockets dropped'),
    none('heartbeats lost'),
    none('heartbeats answered twice'),
    none('processes left after close()'),
    none('processes left after SIGKILL of a host'),
    none('names in shared memory left after it'),
    atMost(
      summary,
      'the loop is late, p99: 20 crashes a second against none',
      3,
      (read) => read(PACED, 'pool') / read(FREE, 'pool'),
    ),
    atMost(summary, 'MB that the host grows by in 1000 crashes', 1, () => growth('MB of the host')),
    atMost(summary, 'MB that the template grows by in 1000 crashes', 0.1, () =>
      growth('MB of the template'),
    ),
    atMost(
      summary,
      'descriptors that the host has more at the end',
      30,
      () => of('descriptors of the host, last mark') - of('descriptors of the host, first mark'),
    ),
    atMost(
      summary,
      'descriptors that the template has more at the end',
      0,
      () =>
        of('descriptors of the template, last mark') -
        of('descriptors of the template, first mark'),
    ),
  ];
}
