import type { Tensor } from '../contract/tensor.ts';
import { ConversionError, DtypeError } from '../errors/errors.ts';
import { fromNumpy } from '../tensor/transfer.ts';

/** `$toJS` of an ndarray: 1-D a typed array, n-D `{ data, shape, dtype }`; always a copy. */
export function copyArray(array: unknown, path: string): unknown {
  let tensor: Tensor;
  try {
    tensor = fromNumpy(array, { copy: 'allow' });
  } catch (cause) {
    if (!(cause instanceof DtypeError)) throw cause;
    throw new ConversionError(`${path}: ${cause.message}`, { cause, path });
  }
  const { data, shape, dtype } = tensor.toOwned();
  tensor.$dispose();
  return shape.length === 1 ? data : { data, shape, dtype };
}
