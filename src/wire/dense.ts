import type { Tensor } from '../contract/tensor.ts';

/** Whether the elements lie in C order without gaps. */
export function isDense(tensor: Tensor): boolean {
  let step = 1;
  for (let i = tensor.shape.length - 1; i >= 0; i--) {
    const length = tensor.shape[i] as number;
    if (length === 0) return true;
    if (length > 1 && tensor.strides[i] !== step) return false;
    step *= length;
  }
  return true;
}

/** A tensor's elements as bytes in C order; copied only where they lie otherwise. */
export function denseBytes(tensor: Tensor): Uint8Array {
  const { data } = isDense(tensor) ? tensor : tensor.toOwned();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
