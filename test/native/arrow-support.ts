import { loadBinding } from '../../src/native/load.ts';
import { py } from './open.ts';

export const pa: any = py.import('pyarrow');

export const addressOf = (view: ArrayBufferView): bigint => BigInt(loadBinding().addressOf(view));

/** Of a buffer of pyarrow's array, by its place. */
export const addressIn = (array: any, buffer: number): bigint =>
  BigInt(array.buffers().$at(buffer).address as number | bigint);
