/** A handle's identity as text, what a proxy's `$ref` gives. Opaque to callers. */
export type RefId = string;

/** A handle where a payload's arguments carry one. */
export interface RemoteRef {
  readonly $ref: RefId;
}

/** What a {@link RefId} says. A dead worker's generation is never used again. */
export interface HandleIdentity {
  /** The worker that holds the object; `host` for this process. */
  readonly worker: string;
  readonly generation: number;
  /** The session's name; empty outside of sessions. */
  readonly session: string;
  /** Counts up inside a generation, never reused. */
  readonly n: number;
}

const SHAPE: RegExp = /^([\w-]+)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:@([\s\S]+))?$/;

/** The session stands last because its name is the user's and may hold any text. */
export function formatRef(handle: HandleIdentity): RefId {
  const session = handle.session === '' ? '' : `@${handle.session}`;
  return `${handle.worker}.${String(handle.generation)}.${String(handle.n)}${session}`;
}

/**
 * Reads a handle's text; null where it is none.
 *
 * @example
 * parseRef("w3.1.42@alice"); // { worker: "w3", generation: 1, n: 42, session: "alice" }
 */
export function parseRef(text: string): HandleIdentity | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [, worker, generation, n, session = ''] = match;
  if (worker === undefined) return null;
  const identity = { worker, generation: Number(generation), n: Number(n), session };
  const exact = Number.isSafeInteger(identity.generation) && Number.isSafeInteger(identity.n);
  return exact ? identity : null;
}

/** Whether a value inside a payload's arguments stands for a handle: `{ $ref: id }`, no more. */
export function isRemoteRef(value: unknown): value is RemoteRef {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && typeof (value as { $ref?: unknown }).$ref === 'string';
}
