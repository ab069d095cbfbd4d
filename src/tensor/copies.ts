import {
  COPY_REASONS,
  type CopyCounter,
  type CopyCounts,
  type CopyReason,
} from '../contract/copies.ts';

/** Count, bytes, then one counter for each reason; native code adds to the same memory. */
export const copyCounters: Float64Array<ArrayBuffer> = new Float64Array(2 + COPY_REASONS.length);

export function countCopy(reason: CopyReason, bytes: number): void {
  const places = [0, 1, 2 + COPY_REASONS.indexOf(reason)] as const;
  const amounts = [1, bytes, 1] as const;
  for (const [i, place] of places.entries()) {
    copyCounters[place] = (copyCounters[place] as number) + (amounts[i] as number);
  }
}

function read(): CopyCounts {
  const reasons = Object.fromEntries(
    COPY_REASONS.map((reason, i) => [reason, copyCounters[2 + i] as number]),
  ) as Record<CopyReason, number>;
  return { count: copyCounters[0] as number, bytes: copyCounters[1] as number, reasons };
}

/**
 * How often memory was copied on its way across although sharing was asked for, and why.
 *
 * @example
 * copies.reset();
 * py.fromNumpy(array);
 * copies().count; // 0: the memory is shared
 */
export const copies: CopyCounter = Object.assign(read, {
  reset(): void {
    copyCounters.fill(0);
  },
});
