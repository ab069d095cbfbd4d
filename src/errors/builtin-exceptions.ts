/**
 * Every builtin exception of CPython 3.11 to 3.14 with its bases. Table; a test compares it
 * with the Pythons at hand.
 */
export const BUILTIN_EXCEPTIONS = {
  ArithmeticError: ['Exception'],
  AssertionError: ['Exception'],
  AttributeError: ['Exception'],
  BaseException: [],
  BaseExceptionGroup: ['BaseException'],
  BlockingIOError: ['OSError'],
  BrokenPipeError: ['ConnectionError'],
  BufferError: ['Exception'],
  BytesWarning: ['Warning'],
  ChildProcessError: ['OSError'],
  ConnectionAbortedError: ['ConnectionError'],
  ConnectionError: ['OSError'],
  ConnectionRefusedError: ['ConnectionError'],
  ConnectionResetError: ['ConnectionError'],
  DeprecationWarning: ['Warning'],
  EOFError: ['Exception'],
  EncodingWarning: ['Warning'],
  Exception: ['BaseException'],
  ExceptionGroup: ['BaseExceptionGroup', 'Exception'],
  FileExistsError: ['OSError'],
  FileNotFoundError: ['OSError'],
  FloatingPointError: ['ArithmeticError'],
  FutureWarning: ['Warning'],
  GeneratorExit: ['BaseException'],
  ImportError: ['Exception'],
  ImportWarning: ['Warning'],
  IndentationError: ['SyntaxError'],
  IndexError: ['LookupError'],
  InterruptedError: ['OSError'],
  IsADirectoryError: ['OSError'],
  KeyError: ['LookupError'],
  KeyboardInterrupt: ['BaseException'],
  LookupError: ['Exception'],
  MemoryError: ['Exception'],
  ModuleNotFoundError: ['ImportError'],
  NameError: ['Exception'],
  NotADirectoryError: ['OSError'],
  NotImplementedError: ['RuntimeError'],
  OSError: ['Exception'],
  OverflowError: ['ArithmeticError'],
  PendingDeprecationWarning: ['Warning'],
  PermissionError: ['OSError'],
  ProcessLookupError: ['OSError'],
  PythonFinalizationError: ['RuntimeError'],
  RecursionError: ['RuntimeError'],
  ReferenceError: ['Exception'],
  ResourceWarning: ['Warning'],
  RuntimeError: ['Exception'],
  RuntimeWarning: ['Warning'],
  StopAsyncIteration: ['Exception'],
  StopIteration: ['Exception'],
  SyntaxError: ['Exception'],
  SyntaxWarning: ['Warning'],
  SystemError: ['Exception'],
  SystemExit: ['BaseException'],
  TabError: ['IndentationError'],
  TimeoutError: ['OSError'],
  TypeError: ['Exception'],
  UnboundLocalError: ['NameError'],
  UnicodeDecodeError: ['UnicodeError'],
  UnicodeEncodeError: ['UnicodeError'],
  UnicodeError: ['ValueError'],
  UnicodeTranslateError: ['UnicodeError'],
  UnicodeWarning: ['Warning'],
  UserWarning: ['Warning'],
  ValueError: ['Exception'],
  Warning: ['Exception'],
  ZeroDivisionError: ['ArithmeticError'],
  _IncompleteInputError: ['SyntaxError'],
} as const;

/** Second names of the same class. */
export const BUILTIN_ALIASES = {
  EnvironmentError: 'OSError',
  IOError: 'OSError',
  // On Windows only, and harmless elsewhere.
  WindowsError: 'OSError',
} as const;

export type BuiltinException = keyof typeof BUILTIN_EXCEPTIONS | keyof typeof BUILTIN_ALIASES;

const BASES: Readonly<Record<string, readonly string[]>> = BUILTIN_EXCEPTIONS;

/** The MRO of a builtin by its bare name (empty for what is none): bare names, without `object`; C3 as Python does it. */
export function builtinMro(name: string): readonly string[] {
  const bases = Object.hasOwn(BASES, name) ? BASES[name] : undefined;
  if (bases === undefined) return [];
  const lines = [...bases.map((base) => [...builtinMro(base)]), [...bases]];
  const mro = [name];
  for (;;) {
    const open = lines.filter((line) => line.length > 0);
    const next = open.find(([head]) => open.every((line) => !line.slice(1).includes(head ?? '')));
    const head = next?.[0];
    if (head === undefined) return mro;
    mro.push(head);
    for (const line of lines) if (line[0] === head) line.shift();
  }
}
