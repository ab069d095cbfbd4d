import type { TransferOptions } from '../contract/tensor.ts';
import { countPiece } from './bitmap.ts';
import { type ArrowData, TYPE, type View, type ViewClass } from './shapes.ts';

export function hasNulls({ _nullCount, nullBitmap }: ArrowData): boolean {
  return _nullCount !== 0 && nullBitmap !== undefined && nullBitmap.byteLength > 0;
}

const LARGE: ReadonlySet<number> = new Set([TYPE.LargeUtf8, TYPE.LargeBinary, TYPE.LargeList]);

const HAVE_OFFSETS: ReadonlySet<number> = new Set([
  ...LARGE,
  ...[TYPE.Utf8, TYPE.Binary, TYPE.List, TYPE.Map],
]);

function classOf(type: ArrowData['type'], offsets: boolean): ViewClass {
  if (offsets) return LARGE.has(type.typeId) ? BigInt64Array : Int32Array;
  return type.typeId === TYPE.Bool ? Uint8Array : (type.indices ?? type).ArrayType;
}

/**
 * A column that is shorter than its table ends in nulls, for which apache-arrow has no memory, and
 * Arrow's C structures want some: a counted copy, padded to `length` elements.
 */
export function padded(
  data: ArrowData,
  view: View | undefined,
  length: number,
  options: TransferOptions | undefined,
): View | undefined {
  const before = view?.length ?? 0;
  if (!hasNulls(data) || before >= length) return view;
  const offsets = length === data.length + 1 && HAVE_OFFSETS.has(data.type.typeId);
  const made = new (classOf(data.type, offsets))(length) as Int32Array<ArrayBuffer>;
  if (view !== undefined) made.set(view as Int32Array);
  // What no value has begins where the last one ends.
  if (offsets && before > 0) made.fill(made[before - 1] as number, before);
  countPiece(made.byteLength, options);
  return made;
}
