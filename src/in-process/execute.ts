import { type Call, type Payload, validatePayload, type Want } from '../contract/call.ts';
import type { HelperPacks } from '../contract/helpers.ts';
import { kw } from '../contract/kw.ts';
import { readRef, resolveRefs } from '../contract/payload-refs.ts';
import { HandleElsewhereError } from '../errors/worker-errors.ts';
import { loadBinding } from '../native/load.ts';
import { underCopyPolicy } from '../tensor/transfer.ts';
import { callWith } from './members.ts';
import { builtin, idOf, own } from './own.ts';

/** A payload as a call of one Python function. */
interface Plan {
  /** Keeps its handle. */
  readonly callee: unknown;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Where the call type alone decides what travels. */
  readonly want?: Want;
}

const proxyOf = (id: number): unknown => loadBinding().proxyOf(id);

function resolveRef(ref: string, field: string): unknown {
  const handle = readRef(ref, field);
  if (handle.worker === 'host') return proxyOf(handle.n);
  throw new HandleElsewhereError(
    `${field}: the handle ${ref} is of worker ${handle.worker}, and this call runs in this process`,
  );
}

const follow = (target: unknown, name: string): unknown =>
  loadBinding().callForProxy(own('attributes', 'follow'), target, name);

type OnRef = Extract<Call, { readonly ref: string }>;

function planOnRef(call: OnRef, args: readonly unknown[], kwargs: Plan['kwargs']): Plan {
  const target = resolveRef(call.ref, 'payload.ref');
  switch (call.call_type) {
    case 'method':
      return { callee: follow(target, call.method), args, kwargs };
    case 'get_attr':
      return held(own('attributes', 'follow'), [target, call.method]);
    case 'set_attr':
      return held(builtin('setattr'), [target, call.method, args[0]]);
    case 'del_attr':
      return held(builtin('delattr'), [target, call.method]);
    case 'get_item':
    case 'set_item':
    case 'del_item':
      return held(own('payloads', call.call_type), [target, ...args]);
    case 'iter':
    case 'stream':
      return held(builtin('iter'), [target]);
    case 'next':
      return held(builtin('next'), [target]);
    case 'enter':
      return held(own('payloads', 'enter'), [target]);
    case 'exit':
      return held(own('payloads', 'leave'), [target, ...args.slice(0, 1)]);
    case 'describe':
      return { ...held(own('payloads', 'describe'), [target]), want: 'value' };
  }
}

function plan(call: Call, packs: HelperPacks): Plan {
  const args = resolveRefs(call.args, 'payload.args', resolveRef) as readonly unknown[];
  const kwargs = resolveRefs(call.kwargs, 'payload.kwargs', resolveRef) as Plan['kwargs'];
  if ('ref' in call) return planOnRef(call, args, kwargs);
  switch (call.call_type) {
    case 'function':
    case 'construct':
      return { callee: follow(loadBinding().import(call.module), call.method), args, kwargs };
    case 'helper': {
      const where = [call.module, packs.file(call.module), call.method] as const;
      const callee = loadBinding().callForProxy(own('packs', 'member'), ...where);
      return { callee, args, kwargs };
    }
    case 'block': {
      const names = Object.keys(kwargs);
      const callee = loadBinding().call(own('inline', 'cached'), call.method, names);
      return { callee, args: Object.values(kwargs), kwargs: {} };
    }
  }
}

/** A function that the bridge keeps. */
function held(id: number, args: readonly unknown[]): Plan {
  return { callee: proxyOf(id), args, kwargs: {} };
}

/** Keywords are bound beforehand: what gives a proxy always takes none. */
function callForProxy({ callee, args, kwargs }: Plan): unknown {
  const binding = loadBinding();
  if (Object.keys(kwargs).length === 0) return binding.callForProxy(idOf(callee) ?? -1, ...args);
  const partial = loadBinding().getAttr(idOf(binding.import('functools')) ?? -1, 'partial');
  const bound = callWith(idOf(partial) ?? -1, [callee], kw(kwargs));
  return binding.callForProxy(idOf(bound) ?? -1, ...args);
}

// eslint-disable-next-line @typescript-eslint/require-await -- asynchronous as in every placement
async function* streamOf(iterator: unknown): AsyncGenerator {
  yield* iterator as Iterable<unknown>;
}

function run(call: Call, packs: HelperPacks): unknown {
  const planned = plan(call, packs);
  if (call.call_type === 'stream') return streamOf(callForProxy(planned));
  const want = planned.want ?? call.want;
  if (want === 'auto') {
    const { callee, args, kwargs } = planned;
    return callWith(idOf(callee) ?? -1, args, kw(kwargs));
  }
  const proxy = callForProxy(planned);
  if (want === 'ref') return proxy;
  const id = idOf(proxy) ?? -1;
  return loadBinding().toData(id, { depth: -1, proxies: false, dates: false });
}

/** `py.execute`: a call as data. It runs at once; what it throws rejects the promise. */
export function createExecute(packs: HelperPacks): (payload: Payload) => Promise<unknown> {
  // eslint-disable-next-line @typescript-eslint/require-await -- so that nothing is thrown
  return async (payload) => {
    const call = validatePayload(payload);
    if (call.copy === null) return run(call, packs);
    return underCopyPolicy(call.copy, () => run(call, packs));
  };
}
