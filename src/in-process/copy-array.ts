import { arrayClassOf, type Dtype } from '../contract/dtype.ts';
import type { Tensor } from '../contract/tensor.ts';
import { ConversionError, DtypeError } from '../errors/errors.ts';
import { fromNumpy } from '../tensor/transfer.ts';

const asData = (data: unknown, shape: readonly number[], dtype: string): unknown =>
  shape.length === 1 ? data : { data, shape, dtype };

/** `$toJS` of an ndarray: 1-D a typed array, n-D `{ data, shape, dtype }`; always a copy. */
export function copyArray(array: unknown, path: string): unknown {
  let tensor: Tensor;
  try {
    tensor = fromNumpy(array, { copy: 'allow' });
  } catch (cause) {
    if (!(cause instanceof DtypeError)) throw cause;
    const message = `${path}: ${cause.message}; array.tolist() gives nested lists of its elements`;
    throw new ConversionError(message, { cause, path });
  }
  const { data, shape, dtype } = tensor.toOwned();
  tensor.$dispose();
  return asData(data, shape, dtype);
}

/** The same of any other memory of Python's, whose bytes were copied already. */
export function makeArray(bytes: Uint8Array, dtype: string, shape: readonly number[]): unknown {
  const made = arrayClassOf(dtype as Dtype);
  return asData(new made(bytes.buffer), shape, dtype);
}
