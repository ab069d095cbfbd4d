import type { TransferOptions } from '../contract/tensor.ts';
import { countPiece } from './bitmap.ts';
import { arrowLibrary } from './library.ts';
import type { ArrowData, ArrowType, ArrowVector } from './shapes.ts';

const NOTHING = { offset: 0, length: 0, stride: 1, _nullCount: 0, children: [] };

const joined = new WeakMap<ArrowVector, ArrowData>();

function join(vector: ArrowVector): ArrowData {
  const values = [...(vector as unknown as Iterable<unknown>)];
  return arrowLibrary().vectorFromArray(values, vector.type).data[0] as ArrowData;
}

/**
 * The dictionary of a column as one piece, which Arrow's C structures ask for. One that grew in an
 * IPC stream has several: they are joined, once, by a counted copy.
 */
export function oneChunk(data: ArrowData, options: TransferOptions | undefined): ArrowData {
  const dictionary = data.dictionary as ArrowVector;
  const [first] = dictionary.data;
  if (first !== undefined && dictionary.data.length === 1) return first;
  if (first === undefined) return { ...NOTHING, type: data.type.dictionary as ArrowType };
  const known = joined.get(dictionary);
  if (known !== undefined) return known;
  const made = join(dictionary);
  countPiece((made as unknown as { readonly byteLength: number }).byteLength, options);
  joined.set(dictionary, made);
  return made;
}
