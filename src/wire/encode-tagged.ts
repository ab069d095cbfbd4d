import { KeptObject, ModuleName, StepResult } from '../contract/batch.ts';
import { dtypeOfArray, parseDtype, type Tensor } from '../contract/tensor.ts';
import { CODE } from './codes.ts';
import { denseBytes, isDense } from './dense.ts';
import { TAGS } from './message.ts';
import { PARCEL_BYTES, type ParcelSink } from './parcel.ts';
import type { SharedBlock, SharedPlace } from './shared.ts';
import type { Writer } from './writer.ts';

/** What takes values that go beside the message as they are; null where nothing can. */
export type Given = unknown[] | null;

function isMemory(value: object): boolean {
  return (
    ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer
  );
}

/** No shared memory is smaller, so that nothing is asked of a smaller buffer. */
const SHARED_VIEW_BYTES = 64 * 1024;
/** Descriptors that a socket takes at once for certain; what is more goes by a copy. */
const MOST_SHARED = 128;

function byteStrides({ dtype, strides }: Tensor): readonly number[] {
  const itemsize = parseDtype(dtype)?.itemsize ?? 1;
  return strides.map((step) => step * itemsize);
}

/** Values that are no plain data: a tuple of an Ellipsis, a tag and its parts. */
export class TaggedEncoder {
  readonly writer: Writer;
  /** Numbers of the kept objects that were named. */
  readonly handles: number[] = [];
  /** How many arrays and buffers travel inside the message, and their bytes. */
  copiedCount = 0;
  copiedBytes = 0;
  /** Places of what travels beside the message. */
  readonly parcels: number[] = [];
  /** Blocks that are held for this batch, and bytes of the arrays over them. */
  readonly shared: SharedBlock[] = [];
  sharedBytes = 0;
  readonly #sink: ParcelSink | null;
  /** Values that go as they are, in this process; null where it goes to another. */
  readonly given: Given;

  constructor(writer: Writer, sink: ParcelSink | null, given: Given) {
    this.writer = writer;
    this.#sink = sink;
    this.given = given;
  }

  /** Goes beside the message. */
  give(value: unknown, given: unknown[]): void {
    this.#refer(TAGS.given, given.push(value) - 1);
  }

  open(tag: number, parts: number): void {
    this.writer.head(CODE.tuple, parts + 2);
    this.writer.code(CODE.ellipsis);
    this.writer.head(CODE.int, tag);
  }

  bigint(value: bigint): void {
    this.open(TAGS.bigint, 1);
    this.writer.integer(value);
  }

  date(value: Date): void {
    this.open(TAGS.date, 1);
    this.writer.float(value.getTime());
  }

  /** Writes references and memory; false for everything else. */
  known(value: object): boolean {
    if (this.given !== null && isMemory(value)) this.give(value, this.given);
    else if (ArrayBuffer.isView(value)) this.#view(value);
    else if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
      this.#buffer(new Uint8Array(value));
    } else if (value instanceof KeptObject) this.#kept(value.n);
    else if (value instanceof StepResult) this.#refer(TAGS.step, value.step);
    else if (value instanceof ModuleName) this.#module(value.module);
    else return false;
    return true;
  }

  #kept(n: number): void {
    this.handles.push(n);
    this.#refer(TAGS.handle, n);
  }

  #refer(tag: number, number: number): void {
    this.open(tag, 1);
    this.writer.number(number);
  }

  #module(name: string): void {
    this.open(TAGS.module, 1);
    this.writer.name(name);
  }

  /** Bytes are a memoryview in Python, every other typed array an ndarray. */
  #view(value: ArrayBufferView): void {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const dtype = value instanceof Uint8Array ? null : dtypeOfArray(value);
    const place = value.buffer.byteLength < SHARED_VIEW_BYTES ? null : this.#share(value);
    if (place !== null) {
      const length = dtype === null ? bytes.length : (value as Uint16Array).length;
      this.#shared(place, place.offset, dtype, [length], null, bytes.length);
    } else if (dtype === null) this.#buffer(bytes);
    else this.#array(dtype, [(value as Uint16Array).length], bytes);
  }

  #buffer(bytes: Uint8Array): void {
    this.open(TAGS.buffer, 1);
    this.#data(bytes);
  }

  tensor(tensor: Tensor): void {
    if (this.given !== null) {
      this.give(tensor, this.given);
      return;
    }
    const { data, dtype } = tensor;
    const place = this.#share(data);
    if (place !== null) {
      const first = place.offset + tensor.byteOffset - data.byteOffset;
      const strides = isDense(tensor) ? null : byteStrides(tensor);
      this.#shared(place, first, dtype, tensor.shape, strides, data.byteLength);
    } else this.#array(tensor.dtype, tensor.shape, denseBytes(tensor));
  }

  /** The block that a view lies in, held once for the batch; null: it goes by a copy. */
  #share(view: ArrayBufferView): SharedPlace | null {
    const place = this.#sink?.shared.share(view) ?? null;
    if (place === null) return null;
    const known = this.shared.find(({ file }) => file === place.block.file);
    if (known === undefined && this.shared.length < MOST_SHARED) {
      this.shared.push(place.block);
      return place;
    }
    this.#sink?.shared.letGo([place.block]);
    return known === undefined ? null : { block: known, offset: place.offset };
  }

  #shared(
    { block }: SharedPlace,
    offset: number,
    dtype: string | null,
    shape: readonly number[],
    strides: readonly number[] | null,
    bytes: number,
  ): void {
    this.sharedBytes += bytes;
    this.open(TAGS.shared, 5);
    this.writer.number(this.shared.indexOf(block));
    this.writer.number(offset);
    if (dtype === null) this.writer.none();
    else this.writer.name(dtype);
    this.#numbers(shape);
    if (strides === null) this.writer.none();
    else this.#numbers(strides);
  }

  #numbers(values: readonly number[]): void {
    this.writer.head(CODE.list, values.length);
    for (const value of values) this.writer.number(value);
  }

  #array(dtype: string, shape: readonly number[], bytes: Uint8Array): void {
    this.open(TAGS.array, 3);
    this.writer.name(dtype);
    this.#numbers(shape);
    this.#data(bytes);
  }

  #data(bytes: Uint8Array): void {
    if (bytes.length > 0) this.copiedCount++;
    this.copiedBytes += bytes.length;
    if (this.#sink === null || bytes.length < PARCEL_BYTES) {
      this.writer.data(CODE.bytes, bytes);
      return;
    }
    this.open(TAGS.parcel, 2);
    this.writer.number(this.parcels.length);
    this.writer.number(bytes.length);
    this.parcels.push(this.#sink.put(bytes));
  }
}
