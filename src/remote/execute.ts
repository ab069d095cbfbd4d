import { type BatchExecutor, KeptObject, type Operand } from '../contract/batch.ts';
import { type Call, type Payload, validatePayload } from '../contract/call.ts';
import type { CallSettings } from '../contract/options.ts';
import { resolveRefs } from '../contract/payload-refs.ts';
import { Link } from './link.ts';
import { type Bound, call, type CallPlace, type Place } from './place.ts';
import { RemoteIterator } from './remote-iterator.ts';
import { settle } from './results.ts';
import { type Arguments, snapshot } from './snapshot.ts';

/** The executor of a payload's `session`; a face without sessions has none and ignores the field. */
export type HomeOf = (session: string) => BatchExecutor;

function settingsOf(payload: Call, settings: CallSettings): CallSettings {
  const { key, trace, attempt } = payload;
  return {
    ...settings,
    idempotent: payload.idempotent || settings.idempotent,
    timeout: payload.deadline_ms ?? settings.timeout,
    copy: payload.copy ?? settings.copy,
    device: payload.device ?? settings.device,
    origin: { attempt, key: key ?? undefined, trace: trace ?? undefined },
  };
}

function boundOf(payload: Call, bound: Bound, homeOf: HomeOf | undefined): Bound {
  const { link } = bound;
  const settings = settingsOf(payload, bound.settings);
  if (payload.session === null || homeOf === undefined) return { link, settings };
  const executor = homeOf(payload.session);
  if (executor === link.executor) return { link, settings };
  const { owner, proxyOf } = link;
  const name = `session ${payload.session}`;
  return { link: new Link({ executor, name, owner, proxyOf }), settings };
}

const module = ({ link, settings }: Bound, name: string): Place => ({
  kind: 'module',
  link,
  settings,
  module: name,
});

type OnRef = Extract<Call, { readonly ref: string }>;

function onRef(bound: Bound, payload: OnRef, target: Operand, given: Arguments): CallPlace {
  const { call_type: op } = payload;
  switch (op) {
    case 'method':
    case 'get_attr':
    case 'set_attr':
    case 'del_attr':
      return call(bound, null, { op, target, name: payload.method, given }, execute);
    case 'stream':
      return call(bound, null, { op: 'iter', target }, execute);
    case 'next': {
      // The operation of that name says how it ended; a payload's `next` raises StopIteration.
      const one = snapshot(bound.link, [target], {});
      return call(
        bound,
        module(bound, 'builtins'),
        { op: 'function', name: 'next', given: one },
        execute,
      );
    }
    case 'get_item':
    case 'set_item':
    case 'del_item':
    case 'iter':
    case 'enter':
    case 'exit':
    case 'describe':
      return call(bound, null, { op, target, given }, execute);
  }
}

function send(bound: Bound, payload: Call): CallPlace {
  const objectOf = (ref: string, field: string): KeptObject =>
    new KeptObject(bound.link.executor.objectOf(ref, field));
  const args = resolveRefs(payload.args, 'payload.args', objectOf) as readonly unknown[];
  const kwargs = resolveRefs(payload.kwargs, 'payload.kwargs', objectOf) as object;
  const given = snapshot(bound.link, args, kwargs);
  if ('ref' in payload) return onRef(bound, payload, objectOf(payload.ref, 'payload.ref'), given);
  const { call_type: op, method: name } = payload;
  if (op === 'block') {
    return call(bound, null, { op, name, given: { ...given, args: [] } }, execute);
  }
  return call(bound, module(bound, payload.module), { op, name, given }, execute);
}

/** A call as data, sent as any call is; a faulty one rejects with a TypeError that names the field. */
async function execute(
  bound: Bound,
  homeOf: HomeOf | undefined,
  payload: Payload,
): Promise<unknown> {
  const valid = validatePayload(payload);
  const place = send(boundOf(valid, bound, homeOf), valid);
  place.call.want = valid.call_type === 'stream' ? 'ref' : valid.want;
  const result = await settle(place);
  return valid.call_type === 'stream' ? new RemoteIterator(place) : result;
}

/** The member `execute` of a face. */
export function createExecute(
  bound: Bound,
  homeOf: HomeOf | undefined,
): (payload: Payload) => Promise<unknown> {
  return (payload) => execute(bound, homeOf, payload);
}
