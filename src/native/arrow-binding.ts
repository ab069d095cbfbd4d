/** What `arrowTake` found: a schema, and what each batch's memory looks like. */
export interface TakenArrow {
  readonly kind: 'table' | 'batch' | 'vector' | 'schema';
  /** Format and name of each field in pre-order (itself, children, dictionary), each before a NUL. */
  readonly text: string;
  /** Flags, number of children, and whether there is a dictionary, of each field. */
  readonly numbers: Float64Array;
  /** By the field's number, as the C Data Interface encodes it; absent where there is none. */
  readonly metadata?: readonly (Uint8Array | undefined)[];
  /** Of each batch: NODE_NUMBERS numbers for each field. It keeps the batch's memory alive. */
  readonly tables: readonly Float64Array[];
  /** Beside a table that cannot do that itself. */
  readonly keepers: readonly unknown[];
}

/** Length, null count (-1: not known), bits to skip in bitmaps, number of variadic buffers. */
export const NODE_NUMBERS = 4;

/** What src-native/arrow_hand_over.cc and arrow_take_out.cc export. */
export interface ArrowBinding {
  /**
   * What a function of Python's makes of Arrow data over JavaScript's memory.
   *
   * @param text format and name of each field, in pre-order, each with a NUL behind it
   * @param numbers how many fields; of each its flags, number of children, 1 for a dictionary; how
   *   many batches; of each field in each batch its length, null count, offset, number of buffers; of
   *   each buffer the number of its memory (-1: a null pointer), where it begins there, its bytes
   */
  arrowHandOver(
    fn: number,
    text: string,
    numbers: Float64Array,
    metadata: readonly (Uint8Array | undefined)[] | undefined,
    memory: readonly ArrayBufferView[],
    forbidCopies: boolean,
  ): unknown;
  /** Text instead where take() of arrow.py answered with no more than that. */
  arrowTake(fn: number, id: number): TakenArrow | string;
  /** One buffer of a batch, its place in the scratch; undefined where there is none. */
  arrowBuffer(
    table: Float64Array,
    keeper: unknown,
    node: number,
    slot: number,
    itemsize: number,
    forbidCopies: boolean,
  ): ArrayBuffer | undefined;
}
