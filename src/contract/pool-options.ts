import { availableParallelism } from 'node:os';

import { COPY_POLICIES, type CopyPolicy } from './copies.ts';
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
  orFalse,
  plainObject,
  readOptions,
  type Rule,
  show,
  text,
  whole,
} from './fields.ts';
import { type RetryOptions, retryRule, type RetrySettings } from './options.ts';

export const SANDBOX_PROFILES = ['none', 'default', 'strict', 'cuda'] as const;

export type SandboxProfile = (typeof SANDBOX_PROFILES)[number];

/** A profile with single doors opened; docs/sandbox.md says what each profile refuses. */
export interface Sandbox {
  readonly profile: SandboxProfile;
  /** Files and folders that may be read, with all below; they must exist. */
  readonly read: readonly string[];
  /** Folders and files that may be read and written, with all below; they must exist. */
  readonly write: readonly string[];
  /** Sockets of every kind, and names of hosts. */
  readonly net: boolean;
  /** New processes, held by the same rules. */
  readonly processes: boolean;
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface BreakerSettings {
  readonly failures: number;
  /** Milliseconds until a probe is let through. */
  readonly cooldown: number;
}

export interface RestartSettings {
  /** Replacements that never became ready … */
  readonly restarts: number;
  /** … within this time, before the pool gives up. */
  readonly withinMs: number;
}

export interface RecycleSettings {
  readonly ageMs: number | null;
  readonly calls: number | null;
  readonly idleMs: number | null;
  readonly rssMB: number | null;
}

export interface QuarantineSettings {
  readonly kills: number;
  readonly forMs: number;
}

export interface PoolOptions {
  readonly project?: string | undefined;
  readonly copy?: CopyPolicy | undefined;
  readonly workers?: number | undefined;
  readonly spares?: number | undefined;
  /** Modules that every worker imports before it is ready. */
  readonly preload?: readonly string[] | undefined;
  /**
   * What workers may do. `default`: as the user, but nothing to the host, nor what no library needs.
   * `strict`: reads by list, writes in a scratch folder, no sockets, no new processes. `cuda`: strict
   * and the GPU. ERR_SANDBOX where the system cannot keep `strict` or `cuda`.
   */
  readonly sandbox?: SandboxProfile | Loose<Sandbox> | undefined;
  readonly devices?: 'none' | 'auto' | readonly number[] | undefined;
  readonly queue?: number | undefined;
  readonly queueTimeout?: number | undefined;
  readonly timeout?: number | undefined;
  readonly grace?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly breaker?: Loose<BreakerSettings> | false | undefined;
  readonly restartIntensity?: Loose<RestartSettings> | false | undefined;
  readonly recycle?: Loose<RecycleSettings> | undefined;
  /**
   * What a worker may allocate for itself: bytes, or a text such as '1GiB'. One that has used it up
   * ends (`WorkerCrashError` with `reason: 'oom'`).
   */
  readonly memory?: number | string | undefined;
  readonly quarantine?: Loose<QuarantineSettings> | false | undefined;
  /** Variables for workers, beside those that docs/sandbox.md lists. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly maxHandles?: number | undefined;
}

/** {@link PoolOptions} after the door. */
export interface PoolSettings {
  readonly project: string | null;
  readonly copy: CopyPolicy;
  readonly workers: number;
  readonly spares: number;
  readonly preload: readonly string[];
  readonly sandbox: Sandbox;
  readonly devices: 'none' | 'auto' | readonly number[];
  readonly queue: number;
  readonly queueTimeout: number;
  readonly timeout: number | null;
  readonly grace: number;
  readonly retry: RetrySettings;
  readonly breaker: BreakerSettings | false;
  readonly restartIntensity: RestartSettings | false;
  readonly recycle: RecycleSettings;
  readonly memory: number | null;
  readonly quarantine: QuarantineSettings | false;
  readonly env: Readonly<Record<string, string>>;
  readonly maxHandles: number;
}

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Bytes as a number or as text with a unit: `'1GiB'`, `'512 MB'`. */
export const bytes: Rule<number> = (value, name) => {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?) ?([KMGT]?i?B)$/.exec(value) : null;
  const scale = UNITS[match?.[2] ?? ''];
  const size = scale === undefined ? 0 : Math.floor(Number(match?.[1]) * scale);
  if (Number.isSafeInteger(size) && size > 0) return size;
  throw fieldError(name, `expected bytes or a text such as '1GiB', got ${show(value)}`);
};

const SANDBOX_FIELDS: Fields<Sandbox> = {
  profile: field(oneOf(SANDBOX_PROFILES), () => 'default'),
  read: field(listOf(text), () => Object.freeze([])),
  write: field(listOf(text), () => Object.freeze([])),
  net: field(flag, () => false),
  processes: field(flag, () => false),
};

const sandboxRule: Rule<Sandbox> = (value, name) =>
  typeof value === 'string'
    ? readOptions({ profile: value }, SANDBOX_FIELDS, name)
    : nested(SANDBOX_FIELDS)(value, name);

const devicesRule: Rule<PoolSettings['devices']> = (value, name) => {
  if (value === 'none' || value === 'auto') return value;
  if (Array.isArray(value)) return listOf(whole(0))(value, name);
  throw fieldError(name, `expected 'none', 'auto' or an array of numbers, got ${show(value)}`);
};

const envRule: Rule<Readonly<Record<string, string>>> = (value, name) => {
  const entries = Object.entries(plainObject(value, name));
  for (const [key, item] of entries) {
    if (typeof item !== 'string') {
      throw fieldError(`${name}.${key}`, `expected a text, got ${show(item)}`);
    }
  }
  return Object.freeze(Object.fromEntries(entries)) as Readonly<Record<string, string>>;
};

const BREAKER: Fields<BreakerSettings> = {
  failures: field(whole(1), () => 5),
  cooldown: field(milliseconds, () => 30_000),
};

// Ten failed starts a minute is far above what a healthy pool under retry shows, and stops a
// broken environment within seconds.
const RESTART: Fields<RestartSettings> = {
  restarts: field(whole(1), () => 10),
  withinMs: field(milliseconds, () => 60_000),
};

const RECYCLE: Fields<RecycleSettings> = {
  ageMs: field(nullable(milliseconds), () => null),
  calls: field(nullable(whole(1)), () => null),
  idleMs: field(nullable(milliseconds), () => null),
  rssMB: field(nullable(whole(1)), () => null),
};

const QUARANTINE: Fields<QuarantineSettings> = {
  kills: field(whole(1), () => 3),
  forMs: field(milliseconds, () => 60_000),
};

/** Far more than cores; each has a slot on the status page, and descriptors. */
const MOST_WORKERS = 1024;

const POOL_FIELDS: Fields<PoolSettings> = {
  project: field(nullable(text), () => null),
  copy: field(oneOf(COPY_POLICIES), () => 'allow'),
  workers: field(whole(1, MOST_WORKERS), availableParallelism),
  spares: field(whole(0, MOST_WORKERS), () => 1),
  preload: field(listOf(text), () => Object.freeze([])),
  sandbox: field(sandboxRule, () => sandboxRule('default', 'sandbox')),
  devices: field(devicesRule, () => 'none'),
  queue: field(whole(0), () => 1000),
  queueTimeout: field(milliseconds, () => 5000),
  timeout: field(nullable(milliseconds), () => null),
  grace: field(milliseconds, () => 200),
  retry: field(retryRule, () => retryRule({}, 'retry')),
  breaker: field(orFalse(nested(BREAKER)), () => nested(BREAKER)({}, 'breaker')),
  restartIntensity: field(orFalse(nested(RESTART)), () => nested(RESTART)({}, 'restartIntensity')),
  recycle: field(nested(RECYCLE), () => nested(RECYCLE)({}, 'recycle')),
  memory: field(nullable(bytes), () => null),
  quarantine: field(orFalse(nested(QUARANTINE)), () => nested(QUARANTINE)({}, 'quarantine')),
  env: field(envRule, () => Object.freeze({})),
  // Far above what a program holds on purpose; a leak of proxies meets it before memory ends.
  maxHandles: field(whole(1), () => 100_000),
};

/**
 * @example
 * readPoolOptions({ workers: 2, memory: "1GiB" }).queue; // 1000
 */
export function readPoolOptions(raw?: unknown): PoolSettings {
  return readOptions(raw, POOL_FIELDS, 'pool options');
}
