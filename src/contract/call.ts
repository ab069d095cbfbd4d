import type { CopyPolicy } from './copies.ts';
import { COPY_POLICIES } from './copies.ts';
import {
  fieldError,
  flag,
  listOf,
  milliseconds,
  oneOf,
  plainObject,
  type Rule,
  show,
  text,
  whole,
} from './fields.ts';
import type { RefId } from './handle.ts';

/** The only version so far; versions are whole and negotiated before the first call. */
export const PAYLOAD_VERSION = 1;

/** call_type → which fields name the target. One table for validators, dispatchers and docs. */
export const CALL_TARGETS = {
  function: 'module-method',
  construct: 'module-method',
  helper: 'module-method',
  method: 'ref-method',
  get_attr: 'ref-method',
  set_attr: 'ref-method',
  del_attr: 'ref-method',
  get_item: 'ref-args',
  set_item: 'ref-args',
  del_item: 'ref-args',
  block: 'method-kwargs',
  iter: 'ref',
  next: 'ref',
  stream: 'ref',
  enter: 'ref',
  exit: 'ref',
  describe: 'ref',
} as const;

export type CallType = keyof typeof CALL_TARGETS;

type TypesOf<Target extends string> = {
  [C in CallType]: (typeof CALL_TARGETS)[C] extends Target ? C : never;
}[CallType];

export const WANTS = ['value', 'ref', 'auto'] as const;

/** Whether the result travels as data, as a handle, or as conversion decides. */
export type Want = (typeof WANTS)[number];

/**
 * A call as data: what `execute` takes, in every placement.
 *
 * @example
 * await pool.execute({ call_type: "function", module: "math", method: "sqrt", args: [2] });
 */
export interface Payload {
  readonly payload_version?: number | undefined;
  readonly call_type: CallType;
  readonly module?: string | undefined;
  readonly ref?: RefId | undefined;
  /** An attribute or a dotted name; a block's source text. */
  readonly method?: string | undefined;
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
  readonly idempotent?: boolean | undefined;
  readonly id?: number | string | undefined;
  /** Idempotency key: the same on each attempt. */
  readonly key?: string | undefined;
  /** 0 at first. */
  readonly attempt?: number | undefined;
  readonly session?: string | undefined;
  /** Remaining budget, not a time of day. */
  readonly deadline_ms?: number | undefined;
  readonly want?: Want | undefined;
  readonly copy?: CopyPolicy | undefined;
  readonly device?: string | undefined;
  /** W3C trace context of the caller. */
  readonly trace?: string | undefined;
  /** Fields that a receiver must know, or else refuse the call. */
  readonly must_understand?: readonly string[] | undefined;
}

/** What a payload says of its call, beside what the options do. */
export interface CallOrigin {
  /** Idempotency key: the same on each attempt. */
  readonly key?: string | undefined;
  /** Attempts before it came here. */
  readonly attempt: number;
  readonly trace?: string | undefined;
}

interface CallCommon {
  readonly payload_version: number;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly idempotent: boolean;
  readonly id: number | string | null;
  readonly key: string | null;
  readonly attempt: number;
  readonly session: string | null;
  readonly deadline_ms: number | null;
  readonly want: Want;
  readonly copy: CopyPolicy | null;
  readonly device: string | null;
  readonly trace: string | null;
}

/** A validated payload: the fields that its `call_type` reads are there. */
export type Call = CallCommon &
  (
    | {
        readonly call_type: TypesOf<'module-method'>;
        readonly module: string;
        readonly method: string;
      }
    | { readonly call_type: TypesOf<'ref-method'>; readonly ref: RefId; readonly method: string }
    | { readonly call_type: TypesOf<'method-kwargs'>; readonly method: string }
    | { readonly call_type: TypesOf<'ref-args' | 'ref'>; readonly ref: RefId }
  );

const KNOWN: ReadonlySet<string> = new Set([
  'payload_version',
  'call_type',
  'module',
  'ref',
  'method',
  'args',
  'kwargs',
  'idempotent',
  'id',
  'key',
  'attempt',
  'session',
  'deadline_ms',
  'want',
  'copy',
  'device',
  'trace',
  'must_understand',
]);

const identifier: Rule<number | string> = (value, name) => {
  if (typeof value === 'string' && value !== '') return value;
  if (Number.isSafeInteger(value)) return value as number;
  throw fieldError(name, `expected a text or a whole number, got ${show(value)}`);
};

const argsRule: Rule<readonly unknown[]> = (value, name) => {
  if (Array.isArray(value)) return value as unknown[];
  throw fieldError(name, `expected an array, got ${show(value)}`);
};

/** Reads one field; JSON has no undefined, so null counts as absent too. */
function read<T, F>(
  raw: Readonly<Record<string, unknown>>,
  name: string,
  rule: Rule<T>,
  none: F,
): T | F {
  const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
  return value === undefined || value === null ? none : rule(value, `payload.${name}`);
}

function must(raw: Readonly<Record<string, unknown>>, name: string, type: string): string {
  const value = read(raw, name, text, null);
  if (value !== null) return value;
  throw fieldError(`payload.${name}`, `is required for call_type '${type}'`);
}

function readCommon(raw: Readonly<Record<string, unknown>>): CallCommon {
  return {
    payload_version: read(raw, 'payload_version', whole(1), PAYLOAD_VERSION),
    args: read(raw, 'args', argsRule, []),
    kwargs: read(raw, 'kwargs', plainObject, {}),
    idempotent: read(raw, 'idempotent', flag, false),
    id: read(raw, 'id', identifier, null),
    key: read(raw, 'key', text, null),
    attempt: read(raw, 'attempt', whole(0), 0),
    session: read(raw, 'session', text, null),
    deadline_ms: read(raw, 'deadline_ms', milliseconds, null),
    want: read(raw, 'want', oneOf(WANTS), 'auto'),
    copy: read(raw, 'copy', oneOf(COPY_POLICIES), null),
    device: read(raw, 'device', text, null),
    trace: read(raw, 'trace', text, null),
  };
}

function readTarget(raw: Readonly<Record<string, unknown>>, call_type: CallType): object {
  const target = CALL_TARGETS[call_type];
  switch (target) {
    case 'module-method':
      return { module: must(raw, 'module', call_type), method: must(raw, 'method', call_type) };
    case 'ref-method':
      return { ref: must(raw, 'ref', call_type), method: must(raw, 'method', call_type) };
    case 'method-kwargs':
      return { method: must(raw, 'method', call_type) };
    case 'ref-args':
    case 'ref':
      return { ref: must(raw, 'ref', call_type) };
  }
}

// Only the count that the operation cannot do without; how the keys are meant is Python's.
const LEAST_ARGS: Readonly<Partial<Record<CallType, number>>> = {
  get_item: 1,
  del_item: 1,
  set_item: 2,
  set_attr: 1,
};

/**
 * Checks a payload from outside and fills it. A TypeError names the field, as `payload.method`
 * does. Fields that are not known are ignored unless `must_understand` lists them.
 */
export function validatePayload(value: unknown): Call {
  const raw = plainObject(value, 'payload');
  for (const name of read(raw, 'must_understand', listOf(text), [])) {
    if (!KNOWN.has(name)) {
      throw fieldError(`payload.${name}`, 'must be understood, and this version does not know it');
    }
  }
  const common = readCommon(raw);
  if (common.payload_version !== PAYLOAD_VERSION) {
    throw fieldError(
      'payload.payload_version',
      `is ${String(common.payload_version)}, and this version speaks ${String(PAYLOAD_VERSION)} only`,
    );
  }
  const call_type = oneOf(Object.keys(CALL_TARGETS) as CallType[])(
    raw['call_type'],
    'payload.call_type',
  );
  const least = LEAST_ARGS[call_type] ?? 0;
  if (common.args.length < least) {
    throw fieldError('payload.args', `'${call_type}' needs ${String(least)} or more values`);
  }
  // The switch in readTarget gave the fields that this call_type's variant has.
  return Object.freeze({ ...common, call_type, ...readTarget(raw, call_type) }) as Call;
}
