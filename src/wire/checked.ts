import { malformed } from './malformed.ts';

export function whole(value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  return malformed('a number out of range');
}

export function shapeOf(value: unknown): number[] {
  // NumPy's own limit.
  if (!Array.isArray(value) || value.length > 64) return malformed('a shape that is none');
  return value.map((length) => whole(length, 0));
}
