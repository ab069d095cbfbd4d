import type { CallType, Want } from './call.ts';
import type { RefId } from './handle.ts';
import type { CallSettings } from './options.ts';

/**
 * What travels to a placement that is not this thread: a chain of steps as one message. A step may
 * use the result of an earlier one without waiting for it, and each result can be kept under a
 * number that the host gave, so that later batches name it.
 */

/** The result of an earlier step of the same batch, in a target or anywhere inside arguments. */
export class StepResult {
  readonly step: number;

  constructor(step: number) {
    this.step = step;
  }
}

/** An object that an earlier batch kept, by its number on the same worker. */
export class KeptObject {
  readonly n: number;

  constructor(n: number) {
    this.n = n;
  }
}

/** A module, wherever the batch runs: bound to no worker, so it survives all of them. */
export class ModuleName {
  readonly module: string;

  constructor(module: string) {
    this.module = module;
  }
}

/** Anything of the conversion tables, with the three kinds of reference above inside. */
export type Operand = unknown;

/**
 * The payload's call types, and three that the faces need: `import` gives a module, `to_js` plain
 * data, `operator` one of `python/snakepit/operators.py` by name (method), over args.
 */
export type StepType = CallType | 'import' | 'to_js' | 'operator';

export interface Step {
  readonly call_type: StepType;
  /** The object whose method, attribute or item it is; null for `block`, `import`, `helper`, … */
  readonly target: Operand;
  /** A dotted name on the target; a block's source text; a module's name; a helper's. */
  readonly method: string | null;
  /** The helper pack. */
  readonly module: string | null;
  readonly args: readonly Operand[];
  readonly kwargs: Readonly<Record<string, Operand>>;
  /** The worker keeps the result under this number until it is released. */
  readonly keep: number | null;
}

/** Which results come back, and how. */
export interface Wanted {
  readonly step: number;
  readonly want: Want;
}

export interface Batch {
  readonly steps: readonly Step[];
  readonly returns: readonly Wanted[];
}

/** A result that stays where it is. */
export class RemoteObject {
  /** The step's `keep`, or a number of the worker's own for what a stream or data held. */
  readonly n: number;
  /** Qualified name of its type, for people. */
  readonly type: string;
  /** Bytes that it keeps alive as far as it says (`nbytes`); 0 if it does not. */
  readonly bytes: number;

  constructor(n: number, type: string, bytes: number) {
    this.n = n;
    this.type = type;
    this.bytes = bytes;
  }
}

/**
 * How one wanted step ended, in the order of {@link Batch.returns}. A step whose operand failed ends
 * with the error of that one; the others of the batch run all the same.
 */
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
  /** Lets kept objects go. May be called from a finaliser: it only enqueues and never throws. */
  release(objects: readonly number[]): void;
  /** The text of a kept object's handle, what `$ref` gives. */
  refOf(n: number): RefId;
}
