import { fieldError, show } from './fields.ts';
import { type HandleIdentity, isRemoteRef, parseRef, type RefId } from './handle.ts';

/** Reads a handle's text inside a payload; the TypeError names the field. */
export function readRef(ref: RefId, field: string): HandleIdentity {
  const handle = parseRef(ref);
  if (handle !== null) return handle;
  throw fieldError(field, `is no handle, such as a proxy's $ref gives: ${show(ref)}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A copy in which every `{ $ref }` is what `resolve` gives for it, at any depth of arrays and plain
 * objects. Other values stay themselves; cycles stay cycles.
 *
 * @example
 * resolveRefs([{ $ref: "w1.1.5" }], "payload.args", (ref) => handleOf(ref));
 */
export function resolveRefs(
  value: unknown,
  field: string,
  resolve: (ref: RefId, field: string) => unknown,
  seen: Map<object, unknown> = new Map<object, unknown>(),
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRemoteRef(value)) return resolve(value.$ref, field);
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    seen.set(value, copy);
    value.forEach((one, i) => copy.push(resolveRefs(one, `${field}[${String(i)}]`, resolve, seen)));
    return copy;
  }
  if (!isPlain(value)) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  seen.set(value, copy);
  for (const [key, one] of Object.entries(value)) {
    copy[key] = resolveRefs(one, `${field}.${key}`, resolve, seen);
  }
  return copy;
}
