/** What a JavaScript value is to Python, by number: JsKind in src-native/js_object.h. */
export const JS_KINDS = {
  function: 0,
  class: 1,
  object: 2,
  collection: 3,
  sequence: 4,
  iterator: 5,
  iterable: 6,
  promise: 7,
  asyncIterable: 8,
  error: 9,
  thrown: 10,
  array: 11,
  plain: 12,
  map: 13,
  set: 14,
  sharedBuffer: 15,
  none: 16,
  arrow: 17,
} as const;

/** A number of `identify` is an object's own number times this, plus its kind. */
export const KIND_RADIX = 32;
