import { RemoteObject } from '../contract/batch.ts';
import { arrayClassOf, type Dtype, parseDtype, type TypedArray } from '../contract/tensor.ts';
import { readFailure } from './failure.ts';
import { CODE, REF_FLAG } from './codes.ts';
import { Failure, TAGS, TensorReply } from './message.ts';
import type { ParcelSource } from './parcel.ts';
import { readShared } from './read-shared.ts';
import { shapeOf, whole } from './checked.ts';
import { malformed } from './malformed.ts';
import type { Reader, ReadTagged } from './reader.ts';

/** What a worker laid down beside its message: a copy already. */
class Parcel {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }
}

/** Bytes as a copy, out of the message or from beside it. */
function bytesOf(reader: Reader): Uint8Array<ArrayBuffer> {
  const code = (reader.bytes[reader.position] ?? 0) & ~REF_FLAG;
  if (code === CODE.bytes) return new Uint8Array(reader.data());
  const parcel = reader.item();
  return parcel instanceof Parcel ? parcel.bytes : malformed('a field that is no bytes');
}

/** dtype, shape and data; the bytes are copied out of the message. */
function readArray(reader: Reader): { dtype: Dtype; shape: number[]; data: TypedArray } {
  const name = reader.item();
  const row = typeof name === 'string' ? parseDtype(name) : null;
  const shape = shapeOf(reader.item());
  const bytes = bytesOf(reader);
  if (row === null) return malformed('an unknown dtype');
  reader.carried.copied += bytes.length;
  const count = shape.reduce((product, length) => product * length, 1);
  if (count * row.itemsize !== bytes.length) return malformed('an array of another size');
  const dtype = name as Dtype;
  return { dtype, shape, data: new (arrayClassOf(dtype))(bytes.buffer) };
}

function toJs(reader: Reader): unknown {
  const { dtype, shape, data } = readArray(reader);
  return shape.length === 1 ? data : { data, shape, dtype };
}

function toTensor(reader: Reader): TensorReply {
  const { dtype, shape, data } = readArray(reader);
  return new TensorReply(dtype, shape, data);
}

function toMap(reader: Reader, index: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  reader.define(index, map);
  const items = reader.item();
  if (!Array.isArray(items) || items.length % 2 !== 0) return malformed('entries that are none');
  for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  return map;
}

function toSet(reader: Reader, index: number): Set<unknown> {
  const set = new Set<unknown>();
  reader.define(index, set);
  const members = reader.item();
  if (!Array.isArray(members)) return malformed('members that are none');
  for (const member of members as unknown[]) set.add(member);
  return set;
}

function toBigInt(reader: Reader): bigint {
  const value = reader.item();
  if (typeof value === 'bigint') return value;
  return Number.isSafeInteger(value) ? BigInt(value as number) : malformed('no integer');
}

function toDate(reader: Reader): Date {
  const time = reader.item();
  const date = new Date(typeof time === 'number' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? malformed('a time that is none') : date;
}

function toHandle(reader: Reader): RemoteObject {
  const n = whole(reader.item(), 0);
  reader.objects.push(n);
  const flags = whole(reader.item(), 0);
  const type = reader.item();
  const bytes = whole(reader.item(), 0);
  return new RemoteObject(n, flags, typeof type === 'string' ? type : malformed('no type'), bytes);
}

interface Tagged {
  readonly parts: number;
  read(reader: Reader, index: number): unknown;
}

const READERS: ReadonlyMap<number, Tagged> = new Map<number, Tagged>([
  [TAGS.bigint, { parts: 1, read: toBigInt }],
  [TAGS.buffer, { parts: 1, read: bytesOf }],
  [TAGS.handle, { parts: 4, read: toHandle }],
  [TAGS.date, { parts: 1, read: toDate }],
  [TAGS.array, { parts: 3, read: toJs }],
  [TAGS.map, { parts: 1, read: toMap }],
  [TAGS.set, { parts: 1, read: toSet }],
  [TAGS.undefined, { parts: 0, read: () => undefined }],
  [TAGS.tensor, { parts: 3, read: toTensor }],
  [TAGS.failed, { parts: 1, read: (reader) => readFailure(reader.item()) }],
]);

/** What a tagged tuple of a worker stands for. */
export function readTagged(reader: Reader, tag: number, parts: number, index: number): unknown {
  const known = READERS.get(tag);
  if (known?.parts !== parts) return malformed(`an unknown tag (${tag})`);
  return known.read(reader, index);
}

/** The same, where the worker may lay down large data in a file of its own. */
export function readTaggedWith(source: ParcelSource): ReadTagged {
  return (reader, tag, parts, index) => {
    if (tag === TAGS.shared && parts === 8) return readShared(reader, source.shared);
    if (tag !== TAGS.parcel || parts !== 2) return readTagged(reader, tag, parts, index);
    const place = whole(reader.item(), 0);
    return new Parcel(source.read(place, whole(reader.item(), 1)));
  };
}

/** What came beside values of this process, which name it by number. */
export interface Beside {
  readonly values: readonly unknown[];
  /** Makes of an array, its dtype and the reason of a copy what the call gives. */
  array(value: unknown, dtype: string, reason: string | null): unknown;
}

/** As readTagged, in this process. */
export function readTaggedTaking(beside: Beside): ReadTagged {
  return (reader, tag, parts, index) => {
    const isGiven = tag === TAGS.given || tag === TAGS.thrown;
    if (!(isGiven && parts === 1) && !(tag === TAGS.taken && parts === 3)) {
      return readTagged(reader, tag, parts, index);
    }
    const value = beside.values[whole(reader.item(), 0)];
    if (tag === TAGS.given) return value;
    if (tag === TAGS.thrown) return new Failure(null, '', '', '', value);
    const dtype = reader.item() as string;
    const reason = reader.item() as string | null;
    try {
      return beside.array(value, dtype, reason);
    } catch (error) {
      return new Failure(null, '', '', '', error);
    }
  };
}
