import type { AttributeName } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';

// A program that makes names without end must not fill the table; Python's own stays as it is.
const LIMIT = 10_000;

const known = new Map<string, number>();

/** Names that were looked up before and mean nothing but a Python attribute. */
export const plainNames: Map<string, number> = new Map();

/** Notes that a name is plain, so that the next look-up asks nothing else. */
export function notePlain(name: string): AttributeName {
  const number = nameOf(name);
  if (typeof number === 'number') plainNames.set(name, number);
  return number;
}

/** The name as native code takes it fastest: a small number for names that come again. */
export function nameOf(name: string): AttributeName {
  const number = known.get(name);
  if (number !== undefined) return number;
  if (known.size >= LIMIT) return name;
  const fresh = loadBinding().internName(name);
  known.set(name, fresh);
  return fresh;
}
