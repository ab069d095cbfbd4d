import { type Batch, KeptObject, ModuleName, type Step, StepResult } from '../contract/batch.ts';
import { ConversionError } from '../errors/errors.ts';
import { CycleFound, ValueEncoder } from './encode-value.ts';
import { MAX_FRAME, OPERATIONS, WANTED } from './message.ts';
import type { ParcelSink } from './parcel.ts';
import type { SharedBlock } from './shared.ts';
import { CODE } from './codes.ts';
import { Writer } from './writer.ts';

/** What a run adds in front: kind, id, context. */
const ENVELOPE = 64 * 2 ** 10;

/**
 * A batch as bytes. It does not say where or how often it runs: any worker, and each attempt,
 * takes the same bytes.
 */
export interface EncodedBatch {
  readonly bytes: Uint8Array;
  /** Numbers of the kept objects that it names: it runs where they live. */
  readonly handles: readonly number[];
  /** How many arrays and buffers were copied into the message, and their bytes. */
  readonly copiedCount: number;
  readonly copiedBytes: number;
  /** Places of what travels beside the message; whoever encoded it frees them. */
  readonly parcels: readonly number[];
  /** Blocks of memory that cross as they are, by the index that the bytes name; held likewise. */
  readonly shared: readonly SharedBlock[];
  readonly sharedBytes: number;
}

function refuseFrame(limit: number): never {
  throw new ConversionError(
    `the arguments need more than ${limit} bytes as a message. Large data belongs into typed ` +
      'arrays, buffers and tensors, which travel beside it',
  );
}

// One at a time: a getter among the arguments may begin another batch in the middle of one.
const idle: Writer[] = [];

function borrow(limit: number): Writer {
  const known = idle.pop();
  if (known?.limit === limit) return known;
  return new Writer(limit, () => refuseFrame(limit));
}

function encodeKept(target: KeptObject, values: ValueEncoder): void {
  values.tagged.handles.push(target.n);
  values.writer.number(target.n);
}

function encodeTarget(target: unknown, values: ValueEncoder): void {
  const { writer } = values;
  if (target === undefined) writer.none();
  else if (target instanceof StepResult) writer.number(-1 - target.step);
  else if (target instanceof KeptObject) encodeKept(target, values);
  else if (target instanceof ModuleName) writer.name(target.module);
  else values.target(target);
}

/** Whose name is, or may be, source text. */
const TEXTS: ReadonlySet<string> = new Set(['block', 'exec', 'again']);

/**
 * (op, target, name, args, kwargs). A target is a number that is kept, -1 - the index of a step, a
 * module's name, or a list with the value.
 */
function encodeStep(step: Step, values: ValueEncoder): void {
  const { writer } = values;
  writer.head(CODE.tuple, 5);
  writer.head(CODE.int, OPERATIONS[step.op]);
  encodeTarget(step.target, values);
  // Source text is no name to be kept for ever.
  if (step.name === undefined) writer.none();
  else if (TEXTS.has(step.op)) writer.text(step.name);
  else writer.name(step.name);
  if (step.args === undefined || step.args.length === 0) writer.none();
  else values.args(step.args);
  if (step.kwargs === undefined) writer.none();
  else values.kwargs(step.kwargs);
}

function encode(batch: Batch, values: ValueEncoder): EncodedBatch {
  const { writer } = values;
  writer.head(CODE.list, batch.steps.length);
  for (const step of batch.steps) encodeStep(step, values);
  writer.head(CODE.list, batch.returns.length * 2);
  for (const { step, want } of batch.returns) {
    writer.number(step);
    writer.number(WANTED[want]);
  }
  const { handles, copiedCount, copiedBytes, parcels, shared, sharedBytes } = values.tagged;
  const copied = { copiedCount, copiedBytes, parcels };
  return { bytes: writer.take(), handles, ...copied, shared, sharedBytes };
}

/** One attempt; what it laid down is taken back where it fails. */
function attempt(
  batch: Batch,
  writer: Writer,
  refs: boolean,
  sink: ParcelSink | null,
  given: unknown[] | null,
): EncodedBatch {
  const values = new ValueEncoder(writer, refs, sink, given);
  try {
    return encode(batch, values);
  } catch (error) {
    sink?.free(values.tagged.parcels);
    sink?.shared.letGo(values.tagged.shared);
    throw error;
  }
}

/**
 * Copies the arguments as they are now; an ERR_CONVERSION names the path of what has no
 * counterpart. Without a `sink` everything is in the message. With `given`, for this process only,
 * memory, functions and objects are put there and named by number.
 */
export function encodeBatch(
  batch: Batch,
  maxFrame: number = MAX_FRAME,
  sink: ParcelSink | null = null,
  given: unknown[] | null = null,
): EncodedBatch {
  const writer = borrow(maxFrame - ENVELOPE);
  try {
    return attempt(batch, writer, false, sink, given);
  } catch (error) {
    if (!(error instanceof CycleFound)) throw error;
    writer.reset();
    given?.splice(0);
    return attempt(batch, writer, true, sink, given);
  } finally {
    writer.reset();
    idle.push(writer);
  }
}
