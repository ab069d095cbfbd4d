import { arrayClassOf, type Dtype, parseDtype } from '../contract/tensor.ts';
import { shapeOf, whole } from './checked.ts';
import { malformed } from './malformed.ts';
import { TensorReply } from './message.ts';
import type { Reader } from './reader.ts';
import type { SharedSource } from './shared.ts';

function stridesOf(value: unknown, dimensions: number): readonly number[] {
  const are = Array.isArray(value) && value.length === dimensions;
  return are && value.every(Number.isSafeInteger)
    ? (value as readonly number[])
    : malformed('strides that are none');
}

/** Lowest and one past the highest element, from the first one; what is no safe number is none. */
function reach(shape: readonly number[], strides: readonly number[]): readonly [number, number] {
  if (shape.includes(0)) return [0, 0];
  let low = 0;
  let high = 1;
  for (const [axis, length] of shape.entries()) {
    const far = (strides[axis] as number) * (length - 1);
    if (far < 0) low += far;
    else high += far;
  }
  return Number.isSafeInteger(low) && Number.isSafeInteger(high)
    ? [low, high]
    : malformed('strides out of range');
}

/**
 * An array that a worker shows: everything that it says is held against the size that the file
 * really has, and keeps.
 */
export function readShared(reader: Reader, source: SharedSource): TensorReply {
  const name = reader.item();
  const row = typeof name === 'string' ? parseDtype(name) : null;
  const shape = shapeOf(reader.item());
  const strides = stridesOf(reader.item(), shape.length);
  const offset = whole(reader.item(), 0);
  const owner = whole(reader.item(), 0);
  const file = whole(reader.item(), 1);
  const lease = whole(reader.item(), 0);
  const copied = whole(reader.item(), 0);
  if (row === null) return malformed('an unknown dtype');
  if (owner > 1) return malformed('a file of nobody');
  const dtype = name as Dtype;
  const Class = arrayClassOf(dtype);
  const [low, high] = reach(shape, strides);
  const first = offset + low * row.itemsize;
  const end = offset + high * row.itemsize;
  const view = source.open(owner === 0 ? 'host' : 'worker', file, lease);
  if (first < 0 || end > view.bytes || first % Class.BYTES_PER_ELEMENT !== 0) {
    view.letGo();
    return malformed('an array outside of its memory');
  }
  const bytes = end - first;
  if (copied > 0) reader.carried.copied += bytes;
  else reader.carried.shared += bytes;
  const data = new Class(view.buffer, view.start + first, bytes / Class.BYTES_PER_ELEMENT);
  const place = { byteOffset: view.start + offset, address: view.address + offset };
  return new TensorReply(dtype, shape, data, { strides, ...place });
}
