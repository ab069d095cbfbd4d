import { COPY_POLICIES, type CopyPolicy } from './copies.ts';
import type { CallOrigin } from './call.ts';
import { type OnError, onErrorRule } from './on-error.ts';
import {
  field,
  type Fields,
  fieldError,
  flag,
  listOf,
  milliseconds,
  nested,
  nullable,
  oneOf,
  plainObject,
  readOptions,
  type Rule,
  show,
  text,
  whole,
} from './fields.ts';
import type { TransferOptions } from './tensor.ts';
import type { Untyped } from './untyped.ts';

export interface OpenOptions {
  /** The nearest folder upwards with snakepit.lock or pyproject.toml, unless given. */
  readonly project?: string | undefined;
  /** 'forbid' makes every hidden copy a CopyRequiredError. */
  readonly copy?: CopyPolicy | undefined;
}

/** {@link OpenOptions} after the door: nothing is absent any more. */
export interface OpenSettings {
  /** null: search upwards from the working directory. */
  readonly project: string | null;
  readonly copy: CopyPolicy;
}

const OPEN_FIELDS: Fields<OpenSettings> = {
  project: field(nullable(text), () => null),
  copy: field(oneOf(COPY_POLICIES), () => 'allow'),
};

/**
 * @example
 * readOpenOptions({ copy: "forbid" }); // { project: null, copy: "forbid" }
 */
export function readOpenOptions(raw?: unknown): OpenSettings {
  return readOptions(raw, OPEN_FIELDS, 'open options');
}

export interface RetryOptions {
  /** How often a call may run in all, the first time included. */
  readonly attempts?: number | undefined;
  /** Python exceptions that are worth another attempt, by name. */
  readonly on?: readonly string[] | undefined;
}

export interface RetrySettings {
  readonly attempts: number;
  readonly on: readonly string[];
}

const RETRY_FIELDS: Fields<RetrySettings> = {
  attempts: field(whole(1), () => 2),
  on: field(listOf(text), () => Object.freeze([])),
};

/** Shared with the pool's options: the default there and the override here read alike. */
export const retryRule: Rule<RetrySettings> = nested(RETRY_FIELDS);

/** How one call is made; the same keys on every face that has `options()`. */
export interface CallOptions {
  /** The call may run twice without harm. */
  readonly idempotent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, queueing included. */
  readonly timeout?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly device?: string | undefined;
  readonly copy?: CopyPolicy | undefined;
  /** What answers a call that failed. */
  readonly onError?: OnError | undefined;
}

/** Options of a whole face; `isolate` is understood by the routed runtime. */
export interface FaceOptions extends CallOptions {
  readonly isolate?: boolean | undefined;
}

export interface CallSettings {
  readonly idempotent: boolean;
  readonly signal: AbortSignal | null;
  readonly timeout: number | null;
  readonly retry: RetrySettings | null;
  readonly device: string | null;
  readonly copy: CopyPolicy | null;
  readonly onError: OnError | null;
  readonly isolate: boolean | null;
  /** Only of calls that came as payloads. */
  readonly origin?: CallOrigin | undefined;
}

const abortSignal: Rule<AbortSignal> = (value, name) => {
  if (value instanceof AbortSignal) return value;
  throw fieldError(name, `expected an AbortSignal, got ${show(value)}`);
};

const CALL_FIELDS: Fields<Omit<CallSettings, 'origin'>> = {
  idempotent: field(flag, () => false),
  signal: field(nullable(abortSignal), () => null),
  timeout: field(nullable(milliseconds), () => null),
  retry: field(nullable(retryRule), () => null),
  device: field(nullable(text), () => null),
  copy: field(nullable(oneOf(COPY_POLICIES)), () => null),
  onError: field(nullable(onErrorRule), () => null),
  isolate: field(nullable(flag), () => null),
};

/** null means that the pool's or the runtime's own setting holds. */
export function readCallOptions(raw?: unknown): CallSettings {
  return readOptions(raw, CALL_FIELDS, 'call options');
}

const TRANSFER_FIELDS: Fields<{ readonly copy: CopyPolicy | null }> = {
  copy: field(nullable(oneOf(COPY_POLICIES)), () => null),
};

/** The copy policy of one to* or from* call over that of the runtime: the most specific wins. */
export function copyPolicyOf(
  options: TransferOptions | undefined,
  general: CopyPolicy,
): CopyPolicy {
  // Asked on every transfer: the common call without options costs nothing.
  if (options === undefined) return general;
  return readOptions(options, TRANSFER_FIELDS, 'options').copy ?? general;
}

export interface ToJsOptions {
  /** How many levels of containers are converted; below stay proxies or an error. */
  readonly depth?: number | undefined;
  /** What becomes of objects that are no data: an error with their path, or a proxy. */
  readonly fallback?: 'throw' | 'proxy' | undefined;
  /** ISO 8601 text, or a Date where that loses nothing. */
  readonly dates?: 'iso' | 'date' | undefined;
}

export interface ToJsSettings {
  /** null: all levels. */
  readonly depth: number | null;
  readonly fallback: 'throw' | 'proxy';
  readonly dates: 'iso' | 'date';
}

const TO_JS_FIELDS: Fields<ToJsSettings> = {
  depth: field(nullable(whole(0)), () => null),
  fallback: field(oneOf(['throw', 'proxy']), () => 'throw'),
  dates: field(oneOf(['iso', 'date']), () => 'iso'),
};

export function readToJsOptions(raw?: unknown): ToJsSettings {
  return readOptions(raw, TO_JS_FIELDS, '$toJS options');
}

export interface ToDateOptions {
  /** IANA name: read a naive datetime as of this zone. */
  readonly zone?: string | undefined;
}

const TO_DATE_FIELDS: Fields<{ readonly zone: string | null }> = {
  zone: field(nullable(text), () => null),
};

export function readToDateOptions(raw?: unknown): { readonly zone: string | null } {
  return readOptions(raw, TO_DATE_FIELDS, '$toDate options');
}

export interface ExecOptions<K extends string = string> {
  /** Names that the code finds bound. */
  readonly in?: Readonly<Record<string, unknown>> | undefined;
  /** Names whose values are returned. */
  readonly out?: readonly K[] | undefined;
}

export interface ExecSettings {
  readonly in: Readonly<Record<string, unknown>>;
  readonly out: readonly string[];
}

const EXEC_FIELDS: Fields<ExecSettings> = {
  in: field(plainObject, () => ({})),
  out: field(listOf(text), () => []),
};

/** The arguments of `exec(code, { in, out })`. */
export function readExec(code: unknown, raw?: ExecOptions): ExecSettings {
  if (typeof code !== 'string') {
    throw new TypeError(`py.exec() takes Python code as a text, got ${show(code)}`);
  }
  return readOptions(raw ?? {}, EXEC_FIELDS, 'exec options');
}

/** The values of the names asked for: known keys, so that `result.y` type-checks everywhere. */
export type Outputs<K extends string> = { [P in K]: Untyped };

export interface SessionOptions {
  /** 'strict' never leaves its worker; 'hint' may, for calls that carry no handle. */
  readonly affinity?: 'strict' | 'hint' | undefined;
  /** Makes the session's state anew on another worker. */
  readonly init?: ((session: Untyped) => unknown) | undefined;
}

export interface SessionSettings {
  readonly affinity: 'strict' | 'hint';
  readonly init: ((session: Untyped) => unknown) | null;
}

const initRule: Rule<(session: Untyped) => unknown> = (value, name) => {
  if (typeof value === 'function') return value as (session: Untyped) => unknown;
  throw fieldError(name, `expected a function, got ${show(value)}`);
};

const SESSION_FIELDS: Fields<SessionSettings> = {
  affinity: field(oneOf(['strict', 'hint']), () => 'strict'),
  init: field(nullable(initRule), () => null),
};

export function readSessionOptions(raw?: unknown): SessionSettings {
  return readOptions(raw, SESSION_FIELDS, 'session options');
}
