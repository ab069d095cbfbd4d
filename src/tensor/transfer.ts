import { COPY_REASONS, type CopyPolicy, type CopyReason } from '../contract/copies.ts';
import {
  type Dtype,
  DTYPES,
  type ParsedDtype,
  parseDtype,
  type TypedArray,
} from '../contract/dtype.ts';
import type { Tensor, TransferOptions } from '../contract/tensor.ts';
import { copyPolicyOf } from '../contract/options.ts';
import { ConversionError, CopyRequiredError } from '../errors/errors.ts';
import { BRIDGE } from '../native/bridge.ts';
import { loadBinding } from '../native/load.ts';
import { allocate, newBuffer } from './allocate.ts';
import { type Element, elementOf } from './element.ts';
import { elementsOf, type Layout, rowMajor } from './layout.ts';
import { asTensor } from './make.ts';
import { NativeTensor } from './native-tensor.ts';
import { at, list, SCRATCH } from './scratch.ts';

/** By row of DTYPES, as the scratch says it. */
const ELEMENTS: readonly Element[] = Object.keys(DTYPES).map((name) =>
  elementOf(parseDtype(name) as ParsedDtype, name as Dtype),
);

/** The policy of `open()`; each call may overrule it. */
let policy: CopyPolicy = 'allow';

export function setCopyPolicy(asked: CopyPolicy): void {
  policy = asked;
  loadBinding().forbidCopies(asked === 'forbid');
}

/** Runs `body` under another policy than that of `open()`. */
export function underCopyPolicy<R>(asked: CopyPolicy, body: () => R): R {
  const general = policy;
  setCopyPolicy(asked);
  try {
    return body();
  } finally {
    setCopyPolicy(general);
  }
}

/** Whether a copy is out of the question, by the call's own options or by the policy of `open()`. */
export function forbids(options: TransferOptions | undefined): boolean {
  return copyPolicyOf(options, policy) === 'forbid';
}

function idOf(value: unknown): number {
  const known = typeof value === 'function' || (typeof value === 'object' && value !== null);
  const id: unknown = known ? (value as { [BRIDGE]?: unknown })[BRIDGE] : undefined;
  if (typeof id === 'number') return id;
  throw new ConversionError(
    'this takes an array that lives in Python (a proxy); for memory of JavaScript’s use tensor()',
  );
}

/** Of the array that the scratch describes. */
function readElement(array: unknown): Element {
  const plain = ELEMENTS[at(SCRATCH.dtype)] as Element;
  if (plain.parsed.kind !== 'M' && plain.parsed.kind !== 'm') return plain;
  const text = loadBinding().dtypeText(idOf(array));
  const timed = parseDtype(text);
  // A generic datetime64 has no unit in NumPy either.
  return timed === null ? plain : elementOf(timed, text as Dtype);
}

/** Makes the Tensor that the scratch describes. */
function fromScratch(
  array: unknown,
  buffer: ArrayBuffer,
  counted: boolean,
  element: Element = readElement(array),
): NativeTensor {
  const { parsed, dtype, Class } = element;
  const dimensions = at(SCRATCH.dimensions);
  const extentBytes = at(SCRATCH.extentBytes);
  const length = extentBytes / Class.BYTES_PER_ELEMENT;
  const layout: Layout = {
    dtype,
    parsed,
    shape: list(SCRATCH.shape, dimensions),
    strides: list(SCRATCH.strides, dimensions),
    contiguous: at(SCRATCH.contiguous) === 1,
    byteOffset: at(SCRATCH.byteOffset),
  };
  const data = new Class(buffer, at(SCRATCH.extentOffset), length);
  return new NativeTensor(layout, data, at(SCRATCH.address), counted && extentBytes > 0);
}

export function copyRequired(reason: CopyReason): CopyRequiredError {
  return new CopyRequiredError(
    `this array’s memory cannot be shared with JavaScript without a copy (${reason}), and ` +
      "copy: 'forbid' is set; allow the copy, or make a writable, aligned array in Python first",
    { reason },
  );
}

/** Where the engine refuses buffers over memory that is not its own. */
function copyByEngine(
  array: unknown,
  reason: number,
  { parsed, dtype, Class }: Element = readElement(array),
): NativeTensor {
  const shape = list(SCRATCH.shape, at(SCRATCH.dimensions));
  const data = new Class(newBuffer(elementsOf(shape) * parsed.itemsize));
  if (!loadBinding().copyInto(idOf(array), new Uint8Array(data.buffer), reason)) {
    throw new ConversionError('the array changed its size while it was copied');
  }
  const strides = rowMajor(shape);
  return new NativeTensor({ dtype, parsed, shape, strides, contiguous: true, byteOffset: 0 }, data);
}

function copyOut(
  array: unknown,
  reason: number,
  forbidden: boolean,
  element?: Element,
): NativeTensor {
  if (forbidden) throw copyRequired(COPY_REASONS[reason] as CopyReason);
  if (COPY_REASONS[reason] === 'engine') return copyByEngine(array, reason, element);
  const buffer = loadBinding().takeOutCopy(idOf(array), reason);
  if (buffer === undefined) return copyByEngine(array, reason, element);
  return fromScratch(array, buffer, true, element);
}

// Each native call below asks the proxy for its id anew: an id alone does not keep the handle.

/**
 * The memory of an array in Python, as a Tensor: the same bytes, written by either side. Read-only,
 * misaligned arrays are copied and counted, or refused.
 *
 * @throws CopyRequiredError, DtypeError, ConversionError
 */
export function fromNumpy(array: unknown, options?: TransferOptions): Tensor {
  const forbidden = forbids(options);
  const buffer = loadBinding().takeOut(idOf(array));
  if (buffer === undefined) return copyOut(array, at(SCRATCH.reason), forbidden);
  return fromScratch(array, buffer, true);
}

/** As `fromNumpy`, of an array that holds the bits of another dtype of the same size. */
export function fromBits(array: unknown, dtype: Dtype, options?: TransferOptions): Tensor {
  const element = elementOf(parseDtype(dtype) as ParsedDtype, dtype);
  const forbidden = forbids(options);
  const buffer = loadBinding().takeOut(idOf(array));
  if (buffer === undefined) return copyOut(array, at(SCRATCH.reason), forbidden, element);
  return fromScratch(array, buffer, true, element);
}

/**
 * `$view`: the elements of C-contiguous memory in order; anything else is a counted copy.
 */
export function view(array: unknown, options?: TransferOptions): TypedArray {
  const forbidden = forbids(options);
  const buffer = loadBinding().takeOut(idOf(array));
  if (buffer === undefined) return copyOut(array, at(SCRATCH.reason), forbidden).data;
  // The view is seen for as long as anybody keeps it, so its memory is never given back by hand.
  if (at(SCRATCH.contiguous) === 1) return fromScratch(array, buffer, false).data;
  return copyOut(array, COPY_REASONS.indexOf('strides'), forbidden).data;
}

/**
 * A Python array over the memory of a Tensor, a typed array or `{ data, shape }`.
 *
 * @throws CopyRequiredError, ConversionError
 */
export function toNumpy(value: unknown, options?: TransferOptions): unknown {
  return loadBinding().handOver(asTensor(value), forbids(options));
}

/**
 * Zeroed memory that both sides, and workers, share; the fastest to hand over.
 *
 * @throws DtypeError for an unknown dtype; RangeError where the engine has no buffer that large.
 */
export function alloc<const D extends Dtype>(dtype: D, shape: readonly number[]): Tensor<D> {
  return allocate(dtype, shape, (bytes) => {
    const buffer = loadBinding().alloc(bytes);
    if (buffer === undefined) return undefined;
    return { buffer, byteOffset: at(SCRATCH.byteOffset), address: at(SCRATCH.address) };
  });
}
