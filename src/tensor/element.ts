import type { Dtype, ParsedDtype, TypedArrayClass } from '../contract/dtype.ts';
import { classFor } from './array-class.ts';

/** What is the same for all tensors of a dtype. */
export interface Element {
  readonly parsed: ParsedDtype;
  readonly dtype: Dtype;
  readonly Class: TypedArrayClass;
}

export function elementOf(parsed: ParsedDtype, dtype: Dtype): Element {
  return { parsed, dtype, Class: classFor(dtype) };
}
