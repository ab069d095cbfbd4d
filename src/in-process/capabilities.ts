/** What a Python type can do, computed once a type by src-native/python_object.cc. */
export const CAPABILITIES = {
  callable: 1,
  type: 2,
  sequence: 4,
  arrayLike: 8,
  awaitable: 16,
  mapping: 32,
  iterable: 64,
  iterator: 128,
  exception: 256,
  module: 512,
} as const;
