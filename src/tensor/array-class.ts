import {
  arrayClassOf,
  type Dtype,
  type TypedArray,
  type TypedArrayClass,
} from '../contract/dtype.ts';

const cache = new Map<Dtype, TypedArrayClass>();

/** The array class of a dtype on this engine. */
export function classFor(dtype: Dtype): TypedArrayClass {
  let known = cache.get(dtype);
  if (known === undefined) {
    known = arrayClassOf(dtype);
    // Counted time units are without number; the plain names are few.
    if (cache.size < 64) cache.set(dtype, known);
  }
  return known;
}

/** The intrinsic class of an array: a Buffer's is Uint8Array. */
export function arrayClass(data: TypedArray): TypedArrayClass {
  const name = data[Symbol.toStringTag] as string;
  return (globalThis as unknown as Record<string, TypedArrayClass>)[name] as TypedArrayClass;
}
