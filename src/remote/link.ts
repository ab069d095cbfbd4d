import type { BatchExecutor } from '../contract/batch.ts';
import { Outbox } from './outbox.ts';
import type { PendingCall } from './pending-call.ts';
import type { Place } from './place.ts';

/** Makes what users hold: a promise of a place's value, or a settled handle. */
export type MakeProxy = (place: Place, settled: boolean) => unknown;

/** The live proxy of an object that lies in this process too, by its number. */
export type Here = (n: number) => unknown;

export interface LinkOptions {
  readonly executor: BatchExecutor;
  /** For messages: `the pool`, `session alice`. */
  readonly name: string;
  /** What handles belong to: a session's are its pool's. The executor itself unless given. */
  readonly owner?: object;
  /** Where its objects lie in this process. */
  readonly here?: Here | undefined;
  readonly proxyOf: MakeProxy;
}

/** One executor and what is on its way to it. Faces under other options share it. */
export class Link {
  readonly executor: BatchExecutor;
  readonly outbox: Outbox = new Outbox();
  readonly name: string;
  readonly owner: object;
  readonly here: Here | undefined;
  readonly proxyOf: MakeProxy;
  /** The last assignment to a module's attributes, by the module: see PendingCall.assigned. */
  readonly assigned: Map<string, PendingCall> = new Map<string, PendingCall>();

  constructor(options: LinkOptions) {
    this.executor = options.executor;
    this.name = options.name;
    this.owner = options.owner ?? options.executor;
    this.here = options.here;
    this.proxyOf = options.proxyOf;
  }
}
