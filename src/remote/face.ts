import type { BatchExecutor, Operation } from '../contract/batch.ts';
import { type ExecOptions, readExec } from '../contract/options.ts';
import type { TransferOptions } from '../contract/tensor.ts';
import { callSite } from '../inline/call-site.ts';
import { assertTemplate, joinTemplate } from '../inline/template.ts';
import { mergeSettings, NO_OPTIONS } from './call-settings.ts';
import { withManager, enterManager } from './context-manager.ts';
import { proxyOf } from './handle-proxy.ts';
import { helpers } from './helpers.ts';
import { Link } from './link.ts';
import {
  type Above,
  attributeOf,
  type Bound,
  call,
  type CallPlace,
  invoke,
  type Place,
  placeOf,
} from './place.ts';
import { createExecute, type HomeOf } from './execute.ts';
import { finish, settle, withHandles } from './results.ts';
import { scope } from './scope.ts';
import { snapshot } from './snapshot.ts';

/** What a placement adds to the members that all faces share. */
export type { Bound } from './place.ts';

export type Extras = (bound: Bound) => object;

export interface FaceParts {
  readonly executor: BatchExecutor;
  /** For messages and inspection: `the pool`, `session alice`. */
  readonly name: string;
  /** What its handles belong to, where several faces share them. */
  readonly owner?: object;
  /** Where a payload's `session` runs. */
  readonly homeOf?: HomeOf;
  /** The live proxy of one of its objects, where they lie in this process. */
  readonly here?: (n: number) => unknown;
  /** Members of the placement's own: alloc, session, close. */
  readonly extras: Extras;
}

function moduleOf(bound: Bound, name: unknown): Place {
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`import() takes a module's name, got ${typeof name}: import('numpy')`);
  }
  return { kind: 'module', link: bound.link, settings: bound.settings, module: name };
}

/** Values without a target: a question, or a value of Python's own. */
function ask(bound: Bound, op: Operation, args: readonly unknown[], above: Above): CallPlace {
  return call(bound, null, { op, given: snapshot(bound.link, args, {}) }, above);
}

function builtin(bound: Bound, name: string, args: readonly unknown[]): unknown {
  const builtins = attributeOf(moduleOf(bound, 'builtins'), name);
  return proxyOf(invoke(builtins, snapshot(bound.link, args, {}), builtin), false);
}

function questions(bound: Bound): object {
  const answer =
    (op: Operation) =>
    (...args: unknown[]): Promise<unknown> => {
      const asked = ask(bound, op, args, answer);
      asked.call.want = 'value';
      return settle(asked);
    };
  return {
    isinstance: answer('isinstance'),
    is: answer('is'),
    equal: answer('equal'),
    bool: answer('bool'),
    len: answer('len'),
    contains: answer('contains'),
    callable: answer('callable'),
    getattr: (...args: unknown[]) => builtin(bound, 'getattr', args),
    setattr: (value: unknown, name: string, attribute: unknown) => {
      const builtins = attributeOf(moduleOf(bound, 'builtins'), 'setattr');
      return finish(invoke(builtins, snapshot(bound.link, [value, name, attribute], {}), builtin));
    },
    help: (value: unknown) => {
      const pydoc = attributeOf(moduleOf(bound, 'pydoc'), 'render_doc');
      return settle(invoke(pydoc, snapshot(bound.link, [value], { title: '%s' }), builtin));
    },
  };
}

function values(bound: Bound): object {
  // `construct` gives an object of that very type, also where it would come back as a value.
  const make = (name: string, args: readonly unknown[]): unknown => {
    const given = snapshot(bound.link, args, {});
    const builtins = moduleOf(bound, 'builtins');
    return proxyOf(call(bound, builtins, { op: 'construct', name, given }, values), false);
  };
  return {
    tuple: (...items: unknown[]) => make('tuple', [items]),
    set: (items: Iterable<unknown>) => make('set', [[...items]]),
    bytes: (data: Uint8Array) => make('bytes', [data]),
    int: (value: unknown) => make('int', [value]),
    float: (value: unknown) => make('float', [value]),
    slice: (start: unknown = null, stop: unknown = null, step: unknown = null) =>
      make('slice', [start, stop, step]),
  };
}

function siteOf(innermost: Above, behind: number): readonly [string, number, number] | null {
  const site = callSite(innermost);
  return site === null ? null : [site.file, site.line, site.column + behind];
}

/** Values are bound to names and never pasted; the place is for the frames of an error. */
function createTag(bound: Bound): (template: unknown, ...values: unknown[]) => unknown {
  const tag = (template: unknown, ...inserted: unknown[]): unknown => {
    assertTemplate(template);
    const { source, names } = joinTemplate(template);
    const named = Object.fromEntries(names.map((name, i) => [name, inserted[i] ?? null]));
    // The place of the backtick; the text begins behind it.
    const given = snapshot(bound.link, siteOf(tag, 1) ?? [], named);
    return proxyOf(call(bound, null, { op: 'block', name: source, given }, tag), false);
  };
  return tag;
}

function createExec(bound: Bound): (code: string, raw?: ExecOptions) => Promise<unknown> {
  const exec = async (code: string, raw?: ExecOptions): Promise<unknown> => {
    const { in: names, out } = readExec(code, raw);
    const given = snapshot(bound.link, [siteOf(exec, 0), ...out], names);
    const ran = call(bound, null, { op: 'exec', name: code, given }, exec).call;
    ran.want = 'auto';
    const results = (await ran.promise(withHandles)) as readonly unknown[];
    return Object.fromEntries(out.map((name, i) => [name, results[i]]));
  };
  return exec;
}

/** The members of one face under one set of options. */
function members(bound: Bound, parts: FaceParts): object {
  const { link, settings } = bound;
  return {
    import: (name: string) => proxyOf(moduleOf(bound, name), false),
    lazy: (name: string) => proxyOf(moduleOf(bound, name), false),
    exec: createExec(bound),
    execute: createExecute(bound, parts.homeOf),
    ...questions(bound),
    ...values(bound),
    with: (manager: unknown, body: (value: unknown) => unknown) =>
      withManager(bound, manager, body),
    enter: (manager: unknown) => enterManager(bound, manager),
    scope,
    options: (raw: unknown) => faceOf({ link, settings: mergeSettings(settings, raw) }, parts),
    ...parts.extras(bound),
  };
}

function faceOf(bound: Bound, parts: FaceParts): object {
  const face = createTag(bound);
  const lazily: PropertyDescriptorMap = {
    builtins: { get: () => proxyOf(moduleOf(bound, 'builtins'), true), enumerable: true },
    helpers: { get: () => helpers(bound), enumerable: true },
    ellipsis: {
      get: () => proxyOf(attributeOf(moduleOf(bound, 'builtins'), 'Ellipsis'), false),
      enumerable: true,
    },
  };
  Object.defineProperties(face, Object.getOwnPropertyDescriptors(members(bound, parts)));
  return Object.freeze(Object.defineProperties(face, lazily));
}

/** A value as Python sees it, which stays there: an ndarray for a tensor. */
export function remoteValue(bound: Bound, value: unknown, options?: TransferOptions): unknown {
  const asked = call(
    under(bound, options),
    null,
    {
      op: 'value',
      given: snapshot(bound.link, [value], {}),
    },
    remoteValue,
  );
  asked.call.want = 'ref';
  return proxyOf(asked, false);
}

/** A module wherever the calls run, as `import` gives it. */
export function remoteModule(bound: Bound, module: string): unknown {
  return proxyOf({ ...bound, kind: 'module', module }, false);
}

/** An array's dtype, shape and data, in C order. */
export function remoteArray(
  bound: Bound,
  array: unknown,
  options?: TransferOptions,
  inOrder = false,
): Promise<unknown> {
  const place = placeOf(array);
  if (place === undefined) {
    throw new TypeError('fromNumpy() takes a remote array, such as `await np.arange(3)` gives');
  }
  const given = snapshot(place.link, inOrder ? [true] : [], {});
  const asked = call(under(bound, options), place, { op: 'view', given }, remoteArray).call;
  asked.want = 'value';
  return asked.promise((_done, value) => value);
}

function under(bound: Bound, options?: TransferOptions): Bound {
  if (options === undefined) return bound;
  return { link: bound.link, settings: mergeSettings(bound.settings, options) };
}

/**
 * The face that all placements share which are not this thread.
 *
 * @example
 * const face = createRemoteFace({ executor, name: 'the pool', extras: () => ({}) });
 */
export function createRemoteFace(parts: FaceParts): object {
  const { executor, name, owner, here } = parts;
  const of = owner === undefined ? {} : { owner };
  const link = new Link({ executor, name, here, proxyOf, ...of });
  return faceOf({ link, settings: NO_OPTIONS }, parts);
}
