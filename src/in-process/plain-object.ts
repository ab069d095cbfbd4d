const { getPrototypeOf, prototype: objectPrototype } = Object;

/** An object literal's or null prototype, also that of another realm. */
export function isPlain(value: object): boolean {
  const prototype = getPrototypeOf(value) as object | null;
  if (prototype === objectPrototype || prototype === null) return true;
  return getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Asynchronously too: what it gives is wanted then, and its members are no data. */
export const isIterable = (value: object): boolean =>
  Symbol.iterator in value || Symbol.asyncIterator in value;
