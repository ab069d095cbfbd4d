import type { CrashReason } from './crash.ts';
import type { Frame } from './exception-record.ts';

/** A call, as events name it: `call` is its number in this process. */
export interface CallEvent {
  readonly call: number;
  /** `math.sqrt`; "py`…`" for inline code. */
  readonly name: string;
}

/** What each event says. Data only: nothing of it keeps a worker or a call alive. */
export interface EventMap {
  /** An attempt at a call was sent to a worker; the first is attempt 0. */
  'call.start': CallEvent & { readonly worker: string; readonly attempt: number };
  /** A call gave its value. */
  'call.end': CallEvent & { readonly worker: string };
  /** A call failed, and its caller has the error. `worker` is where it ran last; null: nowhere. */
  'call.error': CallEvent & { readonly worker: string | null; readonly error: unknown };
  /** A call is tried again. `executed`: it had begun before. `attempt` counts those that were made. */
  retry: CallEvent & { readonly executed: boolean; readonly attempt: number };
  'worker.spawn': { readonly worker: string };
  'worker.ready': { readonly worker: string; readonly pid: number };
  /** A worker takes no more calls, and is replaced. */
  'worker.taint': { readonly worker: string; readonly reason: CrashReason };
  /** A worker is gone: `reason` is `leave` for one that was asked to. */
  'worker.exit': {
    readonly worker: string;
    readonly pid: number;
    readonly reason: CrashReason | 'leave';
    readonly signal: string | null;
    readonly exitCode: number | null;
    /** Where Python stood, if it could still say so; outermost first. */
    readonly pythonStack: readonly Frame[];
    readonly output: string;
  };
  /** A failed call was answered by its `onError`; `device` is where it runs again, if it does. */
  fallback: {
    readonly name: string;
    readonly error: unknown;
    readonly device: string | null;
  };
  breaker: { readonly key: string; readonly state: 'opened' | 'closed' };
  /** A call killed several workers, and is refused from now on. */
  quarantine: CallEvent;
  /** A call was refused because too many wait. */
  'queue.full': CallEvent;
  /** A worker is replaced because of its age, calls, idle time or memory. */
  recycle: { readonly worker: string; readonly reason: string };
  warning: { readonly text: string; readonly worker?: string };
}

export type EventName = keyof EventMap;

/** What happens in pools, for whoever watches. */
export interface Events {
  /**
   * Calls `listener` for every event of that name, until what it returned is disposed of. The same
   * object goes to the channel `snakepit:<name>` of `node:diagnostics_channel`. Listening does not
   * keep the process, and an error of a listener is an `uncaughtException`, never the pool's.
   *
   * @example
   * const watching = events.on("worker.exit", ({ worker, signal }) => console.log(worker, signal));
   * watching[Symbol.dispose]();
   *
   * @throws TypeError for a name that is no event
   */
  on<N extends EventName>(name: N, listener: (event: EventMap[N]) => void): Disposable;
}
