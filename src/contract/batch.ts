import type { Want } from './call.ts';
import type { RefId } from './handle.ts';
import type { CallSettings } from './options.ts';

/**
 * A batch: several steps for one worker in one message, so that `torch.linalg.inv(x).sum()` is one
 * round trip. The remote faces build batches, executors run them.
 */

/** The result of an earlier step of the same batch, as a target or anywhere inside arguments. */
export class StepResult {
  readonly step: number;

  constructor(step: number) {
    this.step = step;
  }
}

/** An object that an earlier batch left with its worker, by its number there. */
export class KeptObject {
  readonly n: number;

  constructor(n: number) {
    this.n = n;
  }
}

/** A module, wherever the batch runs: bound to no worker, so it outlives all of them. */
export class ModuleName {
  readonly module: string;

  constructor(module: string) {
    this.module = module;
  }
}

/** Anything of the conversion tables, with the three kinds of reference above anywhere inside. */
export type Operand = unknown;

/** What a step does. The payload's call types, and the questions that the faces ask. */
export type Operation =
  | 'import'
  | 'function'
  | 'construct'
  | 'method'
  | 'call'
  | 'get_attr'
  | 'set_attr'
  | 'del_attr'
  | 'has_attr'
  | 'get_item'
  | 'set_item'
  | 'del_item'
  | 'index'
  | 'helper'
  | 'block'
  | 'exec'
  | 'iter'
  | 'next'
  | 'send'
  | 'throw'
  | 'close'
  | 'take'
  | 'stream'
  | 'enter'
  | 'exit'
  | 'describe'
  | 'isinstance'
  | 'is'
  | 'equal'
  | 'bool'
  | 'len'
  | 'contains'
  | 'callable'
  | 'text'
  | 'names'
  | 'to_js'
  | 'to_date'
  | 'view'
  | 'value'
  | 'release'
  | 'again';

/** One step. Which fields an operation reads is written in src/wire/message.ts. */
export interface Step {
  readonly op: Operation;
  /** What the step is about; a {@link ModuleName} for functions and helper packs. */
  readonly target?: Operand;
  /** An attribute's name, dotted where that makes sense; a module's name; source text. */
  readonly name?: string | undefined;
  readonly args?: readonly Operand[] | undefined;
  readonly kwargs?: Readonly<Record<string, Operand>> | undefined;
}

/** One result that goes back. */
export interface Returned {
  readonly step: number;
  readonly want: Want;
  /** Stays here: holds, as `stack`, the JS stack of the call, where an error of it begins. */
  readonly at?: { readonly stack?: string } | undefined;
}

/**
 * Steps in order; each may use the ones before it. A step fails alone, and those that use it fail
 * with its error; the others of the batch run all the same.
 */
export interface Batch {
  readonly steps: readonly Step[];
  readonly returns: readonly Returned[];
}

/**
 * An object that stayed with its worker, as an answer names it. Each one owns a count of its number:
 * an object that is kept already keeps its number, and `release` gives one count back.
 */
export class RemoteObject {
  /** The worker's number for it. */
  readonly n: number;
  /** Bits of CAPABILITIES. */
  readonly flags: number;
  /** The type's qualified name, such as `numpy.ndarray`. */
  readonly type: string;
  /** Bytes that it says it keeps alive (`nbytes`); 0 where it says nothing. */
  readonly bytes: number;

  constructor(n: number, flags: number, type: string, bytes: number) {
    this.n = n;
    this.flags = flags;
    this.type = type;
    this.bytes = bytes;
  }
}

/** How one wanted step ended, in the order of {@link Batch.returns}. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** Runs batches somewhere else. `py.async`, a pool, a session and Ray each have one. */
export interface BatchExecutor {
  /**
   * Settles exactly once. Rejects for what ended the batch as a whole (a crash, a full queue, a
   * deadline); what single steps raised is in their outcomes.
   */
  run(batch: Batch, settings: CallSettings): Promise<readonly Outcome[]>;
  /**
   * Lets objects go, one count of each. May be called from a finaliser: it only enqueues and never
   * throws. `n` is the executor's own number, unique among all its workers.
   */
  release(objects: readonly number[]): void;
  /** The text of an object's handle, what `$ref` gives. */
  refOf(n: number): RefId;
  /**
   * The number of the object that a handle's text names.
   *
   * @throws a TypeError that names `field`, if the text is no handle; HandleElsewhereError for one of another place
   */
  objectOf(ref: RefId, field: string): number;
}
