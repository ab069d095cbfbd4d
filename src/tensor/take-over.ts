import { dtypeOfArray, type TypedArray } from '../contract/dtype.ts';
import type { TensorSource } from '../contract/tensor.ts';
import { ConversionError } from '../errors/errors.ts';
import { loadBinding } from '../native/load.ts';
import { arrayClass } from './array-class.ts';
import { holdMode } from './install.ts';

function moveBuffer(buffer: ArrayBufferLike): ArrayBuffer {
  if (!(buffer instanceof ArrayBuffer)) {
    throw new ConversionError(
      'move: true takes an ArrayBuffer over; shared memory cannot be moved and needs no move',
    );
  }
  const moved = structuredClone(buffer, { transfer: [buffer] });
  // Node 20 copies what may not be moved, such as the pool behind small Buffers, without a word.
  if (buffer.byteLength !== 0) {
    throw new ConversionError(
      'this ArrayBuffer cannot be taken over: it belongs to a pool, to WebAssembly or to native ' +
        'code; copy the data first, for example Uint8Array.from(data)',
    );
  }
  // Where V8's stores cannot be held, a buffer of our own over the moved memory can; but not
  // longer than its worker_thread, which frees the moved memory at its end under any reference.
  if (holdMode() !== 'off' || !loadBinding().onMainThread()) return moved;
  return loadBinding().adopt(moved) ?? moved;
}

function guarded(buffer: ArrayBufferLike): ArrayBuffer {
  try {
    return moveBuffer(buffer);
  } catch (error) {
    if (error instanceof ConversionError) throw error;
    throw new ConversionError(
      'this ArrayBuffer cannot be taken over: it belongs to a pool, to WebAssembly or to native ' +
        'code; copy the data first, for example Uint8Array.from(data)',
      { cause: error },
    );
  }
}

/** `tensor(x, { move: true })`: the memory under a new owner; the caller's buffer is detached. */
export function takeOver(source: TensorSource): TensorSource {
  if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return guarded(source);
  if (dtypeOfArray(source) === null) {
    throw new ConversionError('move: true takes an ArrayBuffer or a typed array');
  }
  const array = source as TypedArray;
  const { byteOffset, length } = array;
  const Class = arrayClass(array);
  return new Class(guarded(array.buffer), byteOffset, length);
}
