import { inspect } from 'node:util';

import {
  heldByPython,
  keepings,
  type LiveObject,
  liveObjects,
  trackSites,
} from '../in-process/live.ts';
import { collect } from './collect.ts';

/** Objects of one type that were made at one place. */
export interface LeakSite {
  /** The JavaScript stack of their making; null if `trackLeaks` was not on then. */
  readonly stack: string | null;
  readonly count: number;
}

/** Objects of one Python type. */
export interface LeakedType {
  /** Such as `numpy.ndarray`; without a module for builtins. */
  readonly type: string;
  readonly count: number;
  /** Most objects first. */
  readonly sites: readonly LeakSite[];
}

/**
 * Python keeps an object of JavaScript's by an object that JavaScript holds. If the former refers to
 * the latter, as a callback does that uses what it was given to, no collector ever frees the two:
 * `py.weak` or `$dispose` break such a cycle.
 */
export interface PossibleCycle {
  /** The types from the object that JavaScript holds to the one that holds `javascript`. */
  readonly python: readonly string[];
  /** The function or object of JavaScript at the end. */
  readonly javascript: object;
}

/** What this JS thread and Python hold of each other. */
export interface LeakReport {
  /** How many Python objects JavaScript holds: live proxies, and exceptions that were caught. */
  readonly count: number;
  /** Most objects first. */
  readonly types: readonly LeakedType[];
  /** The functions, errors and other objects of JavaScript that Python holds. */
  readonly heldByPython: readonly object[];
  readonly cycles: readonly PossibleCycle[];
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): [key: string, items: T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
}

/** The frames of whoever asked Python: those of the bridge say nothing. */
function userFrames(stack: string): string {
  const frames = stack.split('\n').slice(1);
  const own = /[/\\](?:snakepit[/\\]dist|src[/\\](?:in-process|runtime|native|inline))[/\\]/;
  const theirs = frames.filter((frame) => !own.test(frame));
  return (theirs.length > 0 ? theirs : frames).join('\n');
}

function sitesOf(objects: readonly LiveObject[]): LeakSite[] {
  return countBy(objects, ({ site }) => (site === undefined ? '' : userFrames(site))).map(
    ([stack, group]) => ({ stack: stack === '' ? null : stack, count: group.length }),
  );
}

function report(objects: readonly LiveObject[]): LeakReport {
  const types = countBy(objects, ({ type }) => type).map(([type, group]) => ({
    type,
    count: group.length,
    sites: sitesOf(group),
  }));
  const ids = new Set(objects.map(({ id }) => id));
  const cycles = keepings()
    .filter(({ handle }) => ids.has(handle))
    .map(({ path, kept }) => ({ python: path, javascript: kept }));
  return { count: objects.length, types, heldByPython: heldByPython(), cycles };
}

/**
 * What JavaScript holds of Python now, after both have collected: by Python type, and by the place
 * of making if `trackLeaks` is on. Of this JS thread; takes as long as full collections take.
 *
 * @example
 * import { leaks } from "snakepit/testing";
 * console.log(leaks().types); // [ { type: 'numpy.ndarray', count: 12, sites: [ … ] } ]
 */
export function leaks(): LeakReport {
  collect();
  return report(liveObjects());
}

/**
 * Has each proxy's place of making recorded, until the result is disposed. It costs a stack a proxy:
 * for tests, and for looking at a program that grows.
 *
 * @example
 * const tracking = trackLeaks();
 * handleRequests();
 * console.log(leaks().types[0]?.sites);
 * tracking[Symbol.dispose]();
 */
export function trackLeaks(): Disposable {
  trackSites(true);
  let on = true;
  return {
    [Symbol.dispose]() {
      if (on) trackSites(false);
      on = false;
    },
  };
}

/** More is said by `report`. */
export class LeakError extends Error {
  /** What was left over. */
  readonly report: LeakReport;

  constructor(left: LeakReport) {
    const lines = left.types.map(
      ({ type, count, sites }) =>
        `  ${String(count)} × ${type}` + sites.map(({ stack }) => `\n${stack ?? ''}`).join(''),
    );
    for (const { python, javascript } of left.cycles) {
      lines.push(`  possibly a cycle: ${python.join(' → ')} → ${inspect(javascript)}`);
    }
    super(
      `${String(left.count)} Python objects are still held by JavaScript:\n${lines.join('\n')}\n` +
        'Dispose of them, work inside py.scope, or let go of what refers to them.',
    );
    this.report = left;
  }
}
Object.defineProperty(LeakError.prototype, 'name', { value: 'LeakError' });

function check(before: ReadonlySet<number>): void {
  collect();
  const left = report(liveObjects().filter(({ id }) => !before.has(id)));
  if (left.count > 0) throw new LeakError(left);
}

/**
 * Runs a test's body and throws a LeakError if a Python object that it made is still held by
 * JavaScript afterwards; with the places of making.
 *
 * @example
 * test("a request leaves nothing behind", () => noLeaks(() => handle(request)));
 */
export function noLeaks(body: () => PromiseLike<unknown>): Promise<void>;
export function noLeaks(body: () => unknown): void;
export function noLeaks(body: () => unknown): void | Promise<void> {
  collect();
  const before = new Set(liveObjects().map(({ id }) => id));
  const tracking = trackLeaks();
  const end = (): void => {
    try {
      check(before);
    } finally {
      tracking[Symbol.dispose]();
    }
  };
  const fail = (error: unknown): never => {
    tracking[Symbol.dispose]();
    throw error;
  };
  let result: unknown;
  try {
    result = body();
  } catch (error) {
    return fail(error);
  }
  if (!(result instanceof Promise)) {
    // What the body returned is nobody's any more.
    result = undefined;
    end();
    return;
  }
  return result.then(() => undefined).then(end, fail);
}
