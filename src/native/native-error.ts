import {
  ConversionError,
  CopyRequiredError,
  DisposedError,
  DtypeError,
  NoPythonError,
  SnakepitError,
} from '../errors/errors.ts';
import { HandleLimitError, ProtocolError } from '../errors/worker-errors.ts';
import type { CopyReason } from '../contract/copies.ts';

/** What native code adds to a message. */
export interface ErrorDetails {
  readonly path?: string;
  readonly dtype?: string;
  readonly reason?: CopyReason;
}

type Make = (message: string, details: ErrorDetails) => Error;

const CLASSES: Readonly<Record<string, Make>> = {
  ERR_CONVERSION: (message, details) => new ConversionError(message, details),
  ERR_COPY_REQUIRED: (message, { reason = 'foreign' }) =>
    new CopyRequiredError(message, { reason }),
  ERR_DISPOSED: (message) => new DisposedError(message),
  ERR_DTYPE: (message, { dtype = '' }) => new DtypeError(message, { dtype }),
  ERR_HANDLE_LIMIT: (message) => new HandleLimitError(message),
  ERR_NO_PYTHON: (message) => new NoPythonError(message),
  ERR_PROTOCOL: (message) => new ProtocolError(message),
};

/** The error of our own that native code asks for by its code. */
export function nativeError(code: string, message: string, details: ErrorDetails = {}): Error {
  const make = CLASSES[code];
  return make === undefined ? new SnakepitError(message) : make(message, details);
}
