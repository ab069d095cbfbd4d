import type { CopyReason } from '../contract/copies.ts';
import { byPrototype, CODE, codeOf } from './brand.ts';

/** Why the original failed, kept as it was. */
export interface Cause {
  readonly cause?: unknown;
}

/** Sets what every error of our own has; TypeError's subclass cannot inherit it. */
function adopt(error: Error, constructor: { readonly code: string }, name: string): void {
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  Object.defineProperty(error, CODE, { value: constructor.code });
}

function isInstance(constructor: { readonly code: string }, value: unknown): boolean {
  if (!Object.hasOwn(constructor, 'code')) return byPrototype(constructor, value);
  const code = codeOf(value);
  // The base class's own code is the family's: every code is an instance of it.
  return code !== null && (constructor.code === 'ERR_SNAKEPIT' || code === constructor.code);
}

/**
 * What snakepit itself has to say. `code` never changes; the message says what happened and
 * what to do.
 *
 * @example
 * catch (error) {
 *   if (error instanceof NotSyncedError) console.error(error.message);
 * }
 */
export class SnakepitError extends Error {
  static readonly code: string = 'ERR_SNAKEPIT';
  readonly code: string;

  constructor(message: string, options?: Cause) {
    super(message, options);
    const constructor = new.target;
    this.code = constructor.code;
    adopt(this, constructor, constructor.name);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** `open()` was called again with other options than the first time. */
export class AlreadyOpenError extends SnakepitError {
  static override readonly code: string = 'ERR_ALREADY_OPEN';
}

/** The project has no Python yet, or its needs changed since. */
export class NotSyncedError extends SnakepitError {
  static override readonly code: string = 'ERR_NOT_SYNCED';
}

/** A file's bytes differ from what the lock says. */
export class LockMismatchError extends SnakepitError {
  static override readonly code: string = 'ERR_LOCK_MISMATCH';
}

/** There is no CPython that can be loaded. */
export class NoPythonError extends SnakepitError {
  static override readonly code: string = 'ERR_NO_PYTHON';
}

/** A copy would have been needed where `copy: 'forbid'` holds. */
export class CopyRequiredError extends SnakepitError {
  static override readonly code: string = 'ERR_COPY_REQUIRED';
  readonly reason: CopyReason;

  constructor(message: string, options: Cause & { readonly reason: CopyReason }) {
    super(message, options);
    this.reason = options.reason;
  }
}

/** An element type that no array class of JavaScript holds. */
export class DtypeError extends SnakepitError {
  static override readonly code: string = 'ERR_DTYPE';
  /** As NumPy prints it. */
  readonly dtype: string;

  constructor(message: string, options: Cause & { readonly dtype: string }) {
    super(message, options);
    this.dtype = options.dtype;
  }
}

/** A use of something that was disposed of. */
export class DisposedError extends SnakepitError {
  static override readonly code: string = 'ERR_DISPOSED';
}

/** A wait that could never have ended. */
export class DeadlockError extends SnakepitError {
  static override readonly code: string = 'ERR_DEADLOCK';
}

/**
 * A value that has no counterpart on the other side. It is a TypeError of JavaScript too, for
 * that is what it means there.
 */
export class ConversionError extends TypeError implements SnakepitError {
  static readonly code: string = 'ERR_CONVERSION';
  readonly code: string = ConversionError.code;
  /** Where the value sits in its argument, such as `args[0].rows[3]`; empty for the whole. */
  readonly path: string;

  constructor(message: string, options?: Cause & { readonly path?: string }) {
    super(message, options);
    this.path = options?.path ?? '';
    adopt(this, ConversionError, new.target.name);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}
