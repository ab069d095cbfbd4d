/** Whether memory that cannot be shared may be copied (and counted), or is refused. */
export const COPY_POLICIES = ['allow', 'forbid'] as const;

export type CopyPolicy = (typeof COPY_POLICIES)[number];

/** Why memory was copied instead of shared; the one list that counters and errors go by. */
export const COPY_REASONS = [
  /** Read-only memory would have become writable on the other side. */
  'read-only',
  /** The other side cannot express these strides. */
  'strides',
  /** The other side has no such element type. */
  'dtype',
  /** A resizable or growable buffer may move or shrink. */
  'resizable',
  /** WebAssembly memory moves when it grows. */
  'wasm',
  /** This engine refuses external buffers. */
  'engine',
  /** A buffer that we did not allocate, on an engine where holding it failed its self-test. */
  'foreign',
  /** torch made its result outside the shared arena. */
  'torch-output',
  /** Small enough to travel inside the message. */
  'inline',
] as const;

export type CopyReason = (typeof COPY_REASONS)[number];

/** What `copies()` returns: how often and how much was copied since the last `reset()`. */
export interface CopyCounts {
  readonly count: number;
  readonly bytes: number;
  readonly reasons: Readonly<Record<CopyReason, number>>;
}

/** The exported `copies`: a function with a `reset`. */
export interface CopyCounter {
  (): CopyCounts;
  reset(): void;
}
