/** One Python frame of a traceback. */
export interface Frame {
  readonly file: string;
  /** From 1; 0 where Python knows none. */
  readonly line: number;
  /** From 1, as editors count; 0 where Python knows none. */
  readonly col: number;
  readonly function: string;
  /** The source line, stripped; empty where the source is not at hand. */
  readonly code: string;
}

/**
 * What was involved when the exception was raised. Shapes, sizes, dtypes, devices and names of
 * types: never a value. `a` and `b` are the operands in the order of the call, the object of a
 * method first; up to `d`.
 */
export interface ErrorContext {
  /** Read from the live objects, or only from the message's text. */
  readonly source: 'objects' | 'message';
  /** Elements along each axis. */
  readonly shape_a?: readonly number[];
  readonly shape_b?: readonly number[];
  /** As the library prints it, without PyTorch's `torch.`: `float32`, `int64`, `datetime64[ns]`. */
  readonly dtype_a?: string;
  readonly dtype_b?: string;
  /** Of tensors that have one: `cpu`, `cuda:0`. */
  readonly device_a?: string;
  readonly device_b?: string;
  /** Qualified names: `numpy.ndarray`, `pandas.core.frame.DataFrame`. */
  readonly type_a?: string;
  readonly type_b?: string;
  /** Of an allocation that failed. */
  readonly device?: string;
  readonly bytes_requested?: number;
  readonly bytes_free?: number;
  readonly bytes_total?: number;
  /** More of what messages say (docs/errors.md), and what rules of users add. */
  readonly [name: string]: unknown;
}

/** A value at hand, or what reads it on demand. Asked once at most. */
export type Lazy<T> = T | (() => T);

/**
 * A Python exception on its way to JavaScript, the same from every placement. Only `type` is
 * needed: a record that was cut short still makes an error.
 */
export interface ExceptionRecord {
  /** The class's own name, such as `ValueError`. */
  readonly type: string;
  /** The class's module; `builtins` unless given. */
  readonly module?: string | undefined;
  /** Qualified names, the own first. Builtins may stand with or without their module. */
  readonly mro?: readonly string[] | undefined;
  readonly message?: string | undefined;
  readonly args?: Lazy<readonly unknown[]> | undefined;
  readonly notes?: Lazy<readonly string[]> | undefined;
  /** Outermost first, as in a Python traceback. In-process they are read on demand. */
  readonly frames?: Lazy<readonly Frame[]> | undefined;
  /**
   * As `frames`, with those of JavaScript between them: of callbacks that the exception passed
   * through. For the stack; absent where there are none.
   */
  readonly trace?: Lazy<readonly Frame[]> | undefined;
  /**
   * `__cause__`, else `__context__` unless suppressed. A JS error that passed through Python is
   * itself here.
   */
  readonly cause?: ExceptionRecord | Error | null | undefined;
  /** The members of an exception group. */
  readonly errors?: readonly (ExceptionRecord | Error)[] | undefined;
  readonly context?: Lazy<ErrorContext | null> | undefined;
  /** What gives the placement its live exception back when the error is thrown into Python. */
  readonly origin?: unknown;
}
