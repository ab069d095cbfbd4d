import { type Dtype, type ParsedDtype, parseDtype } from '../contract/dtype.ts';
import { elementOf } from './element.ts';
import type { Layout } from './layout.ts';
import { NativeTensor } from './native-tensor.ts';

/** What native code says of an array without its proxy: see OpenRecord in src-native/take_out.cc. */
export type ArrayRecord = readonly [buffer: ArrayBuffer, copied: number, ...layout: number[]];

/**
 * Makes the Tensor of a record. `counted`: the arena counts it as one that sees its block.
 *
 * @param dtype - as NumPy spells it
 */
export function fromRecord(record: ArrayRecord, dtype: string, counted: boolean): NativeTensor {
  const [buffer, , address, byteOffset, start, bytes, contiguous, ...sizes] = record;
  const {
    parsed,
    Class,
    dtype: name,
  } = elementOf(parseDtype(dtype) as ParsedDtype, dtype as Dtype);
  const shape = sizes.slice(0, sizes.length / 2);
  const strides = sizes.slice(sizes.length / 2);
  const layout: Layout = {
    dtype: name,
    parsed,
    shape,
    strides,
    contiguous: contiguous === 1,
    byteOffset: byteOffset as number,
  };
  const length = (bytes as number) / Class.BYTES_PER_ELEMENT;
  const isShared = address !== -1;
  return new NativeTensor(layout, new Class(buffer, start, length), address, counted && isShared);
}
