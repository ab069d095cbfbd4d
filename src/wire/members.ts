/** Whether JavaScript's idea of equal keys is Python's too, for these. */
export function hasSimpleMembers(keys: Iterable<unknown>): boolean {
  let booleans = false;
  let numbers = false;
  for (const key of keys) {
    if (typeof key === 'boolean') booleans = true;
    else if (typeof key === 'number') numbers = true;
    // undefined beside null would be two Nones.
    else if (typeof key !== 'string' && key !== null) return false;
  }
  return !(booleans && numbers);
}

/** Made by a literal or Object.create(null), in this realm or another. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}
