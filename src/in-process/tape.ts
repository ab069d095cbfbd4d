/**
 * Nested data on its way across, as a tape: one tag a value, and the numbers that go with them, in
 * memory that both sides see. Containers say how many members follow. Native code has the same table
 * (src-native/tape.h), and a test compares them.
 */
export const TAGS = {
  null: 0,
  true: 1,
  false: 2,
  /** The number is whole and fits 32 bits. */
  integer: 3,
  number: 4,
  /** To Python, the number is its length in the tape's text; to JavaScript it is one of `others`. */
  text: 5,
  /** The next of `others`: whatever is no plain data. */
  other: 6,
  /** Their number is how many members follow; of a mapping, how many keys and values. */
  list: 7,
  mapping: 8,
  set: 9,
  /** Its number is that of a shape; as many values follow as the shape has keys. */
  record: 10,
  /** That many texts follow: the keys of the next shape. */
  shape: 11,
  /** A container that came before. To Python all are counted, to JavaScript those with `keep`. */
  again: 12,
  /** The next container will be met again. */
  keep: 13,
  /** Its number says why what stands here does not convert. */
  refuse: 14,
} as const;

/** Numbers of `refuse`. */
export const REFUSALS = { depth: 0, size: 1 } as const;

/** Containers nested deeper are refused: Python's own limit for what recurses. */
export const DEPTH_LIMIT: number = 1000;
/** Members of one container; V8's arrays without holes end there too. */
export const SIZE_LIMIT: number = 2 ** 27;

/** Tags on a tape before it is handed over: it stays in the processor's cache. */
export const CAPACITY: number = 4096;

/** Keys of a record. More of them are a mapping: their like will hardly come again. */
export const RECORD_LIMIT: number = 64;
/** Different shapes in one conversion. */
export const SHAPE_LIMIT: number = 32;
