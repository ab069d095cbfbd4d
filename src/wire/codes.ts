/**
 * Values in the part of CPython's marshal format that the wire uses. Python reads it with
 * `marshal.loads`, which is C and in every interpreter: a codec of our own in Python would cost
 * more than the channel. The part has been the same since Python 3.4, `hello` proves it on the
 * worker's interpreter (probe.ts), and a test does on each that we support.
 */

export const CODE = {
  null: 0x30, // '0', ends a dict
  none: 0x4e, // 'N'
  false: 0x46, // 'F'
  true: 0x54, // 'T'
  ellipsis: 0x2e, // '.'
  int: 0x69, // 'i' i32
  long: 0x6c, // 'l' i32 number of digits, negative for negative; u16 digits of 15 bits
  float: 0x67, // 'g' f64
  bytes: 0x73, // 's' u32 length
  text: 0x75, // 'u' u32 length, UTF-8 in which lone surrogates stand as they are
  interned: 0x74, // 't' as 'u'
  ascii: 0x61, // 'a' u32 length
  asciiInterned: 0x41, // 'A'
  shortAscii: 0x7a, // 'z' u8 length
  shortAsciiInterned: 0x5a, // 'Z'
  tuple: 0x28, // '(' u32 count
  smallTuple: 0x29, // ')' u8 count
  list: 0x5b, // '[' u32 count
  dict: 0x7b, // '{' key value … '0'
  set: 0x3c, // '<' u32 count
  frozenset: 0x3e, // '>' u32 count
  ref: 0x72, // 'r' u32 index of an object that had the flag
} as const;

/** On a type's code: this object can be named by a ref. */
export const REF_FLAG = 0x80;
