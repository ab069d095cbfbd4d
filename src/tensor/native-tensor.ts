import type { Dtype, TypedArray } from '../contract/dtype.ts';
import { DTYPES } from '../contract/dtype.ts';
import type { Tensor } from '../contract/tensor.ts';
import { DisposedError } from '../errors/errors.ts';
import { BRIDGE } from '../native/bridge.ts';
import { loadBinding } from '../native/load.ts';
import { arrayClass } from './array-class.ts';
import type { Layout } from './layout.ts';
import { SCRATCH, scratch } from './scratch.ts';

const DTYPE_INDEX: ReadonlyMap<string, number> = new Map(
  Object.keys(DTYPES).map((name, index) => [name, index]),
);

/** Collects tensors born inside `py.scope`, or nothing. */
let born: NativeTensor[] | null = null;

/** From now on tensors are noted in `list`; answers what was in force before. */
export function collectTensors(list: NativeTensor[] | null): NativeTensor[] | null {
  const before = born;
  born = list;
  return before;
}

/** The one implementation of {@link Tensor}: a layout over a typed array. */
export class NativeTensor implements Tensor {
  readonly #layout: Layout;
  #data: TypedArray | null;
  /** Of the first element; -1: ask the addon, for memory that JavaScript made. */
  readonly #address: number;
  /** The arena counts this tensor as one that sees its block. */
  readonly #counted: boolean;

  constructor(layout: Layout, data: TypedArray, address = -1, counted = false) {
    this.#layout = layout;
    this.#data = data;
    this.#address = address;
    this.#counted = counted;
    born?.push(this);
  }

  get data(): TypedArray {
    if (this.#data === null) {
      throw new DisposedError('this tensor was disposed of: its memory may hold other data now');
    }
    return this.#data;
  }

  // Frozen when they are first seen: native code goes by them, and most tensors are never asked.
  get shape(): readonly number[] {
    return Object.freeze(this.#layout.shape);
  }

  get dtype(): Dtype {
    return this.#layout.dtype;
  }

  get strides(): readonly number[] {
    return Object.freeze(this.#layout.strides);
  }

  get byteOffset(): number {
    return this.#layout.byteOffset;
  }

  get readonly(): boolean {
    return false;
  }

  get address(): bigint {
    const data = this.data;
    if (this.#address >= 0) return BigInt(this.#address);
    const start = loadBinding().addressOf(data);
    return BigInt(start + this.#layout.byteOffset - data.byteOffset);
  }

  toOwned(): NativeTensor {
    const data = this.data;
    const { shape, strides, parsed, contiguous, byteOffset } = this.#layout;
    const first = (byteOffset - data.byteOffset) / data.BYTES_PER_ELEMENT;
    const owned = contiguous
      ? data.slice(first, first + elementCount(shape) * parsed.perItem)
      : gather(data, first, shape, strides, parsed.perItem);
    return new NativeTensor(
      { ...this.#layout, strides: rowMajorOf(shape), contiguous: true, byteOffset: 0 },
      owned,
    );
  }

  $dispose(): void {
    const data = this.#data;
    if (data === null) return;
    this.#data = null;
    if (this.#counted) loadBinding().disposeMemory(this.#address, data.buffer);
  }

  [Symbol.dispose](): void {
    this.$dispose();
  }

  /** For `util.inspect`: a tensor may be large, so its elements are not printed. */
  toString(): string {
    const state = this.#data === null ? ', disposed' : '';
    return `Tensor(${this.dtype} [${this.shape.join(', ')}]${state})`;
  }

  /** Writes the layout into the scratch for native code, and hands out the data. */
  static describe(value: unknown): TypedArray {
    const tensor = value as NativeTensor;
    const data = tensor.data;
    const { parsed, shape, strides, contiguous, byteOffset } = tensor.#layout;
    scratch[SCRATCH.dtype] = DTYPE_INDEX.get(parsed.name) as number;
    scratch[SCRATCH.dimensions] = shape.length;
    scratch[SCRATCH.byteOffset] = byteOffset;
    scratch[SCRATCH.readonly] = 0;
    scratch[SCRATCH.contiguous] = contiguous ? 1 : 0;
    for (let i = 0; i < shape.length; i++) {
      scratch[SCRATCH.shape + i] = shape[i] as number;
      scratch[SCRATCH.strides + i] = strides[i] as number;
    }
    return data;
  }

  static is(value: unknown): value is NativeTensor {
    return typeof value === 'object' && value !== null && #layout in value;
  }

  /** Null once it was disposed of. */
  static bufferOf(tensor: NativeTensor): ArrayBufferLike | null {
    return tensor.#data === null ? null : tensor.#data.buffer;
  }

  static layoutOf(tensor: NativeTensor): Layout {
    return tensor.#layout;
  }
}

Object.defineProperties(NativeTensor.prototype, {
  [BRIDGE]: { value: 'tensor' },
  [Symbol.for('nodejs.util.inspect.custom')]: {
    value(this: NativeTensor): string {
      return this.toString();
    },
  },
});

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function rowMajorOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

/** The elements in C order, in an array of their own. */
function gather(
  data: TypedArray,
  first: number,
  shape: readonly number[],
  strides: readonly number[],
  perItem: number,
): TypedArray {
  const count = elementCount(shape);
  const Class = arrayClass(data);
  const owned = new Class(new ArrayBuffer(count * perItem * data.BYTES_PER_ELEMENT));
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    for (let part = 0; part < perItem; part++) {
      owned[to * perItem + part] = data[first + from * perItem + part] as never;
    }
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      from += strides[axis] as number;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      from -= (strides[axis] as number) * next;
      index[axis] = 0;
    }
  }
  return owned;
}
