/**
 * One exception: Python statements that raise it, and what JavaScript sees of it.
 * size-exempt: table
 */
export interface Kind {
  /** The body of a function `fail`; its own line 1 is the function's line 2. */
  readonly code: string;
  /** Qualified names from the class on, as far as they say something. */
  readonly mro: readonly string[];
  readonly message: string | RegExp;
  /** Absent: not looked at. */
  readonly args?: readonly unknown[];
}

const BOOM = { message: 'boom', args: ['boom'] };

/** Classes that are raised by a statement of one argument. */
const RAISED: Readonly<Record<string, readonly string[]>> = {
  ArithmeticError: ['Exception'],
  AssertionError: ['Exception'],
  AttributeError: ['Exception'],
  BaseException: [],
  BlockingIOError: ['OSError', 'Exception'],
  BrokenPipeError: ['ConnectionError', 'OSError'],
  BufferError: ['Exception'],
  BytesWarning: ['Warning', 'Exception'],
  ChildProcessError: ['OSError'],
  ConnectionAbortedError: ['ConnectionError', 'OSError'],
  ConnectionError: ['OSError'],
  ConnectionRefusedError: ['ConnectionError'],
  ConnectionResetError: ['ConnectionError'],
  DeprecationWarning: ['Warning'],
  EOFError: ['Exception'],
  EncodingWarning: ['Warning'],
  Exception: ['BaseException'],
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
  TabError: ['IndentationError', 'SyntaxError'],
  TimeoutError: ['OSError'],
  TypeError: ['Exception'],
  UnboundLocalError: ['NameError'],
  UnicodeError: ['ValueError'],
  UnicodeWarning: ['Warning'],
  UserWarning: ['Warning'],
  ValueError: ['Exception'],
  Warning: ['Exception'],
  ZeroDivisionError: ['ArithmeticError', 'Exception'],
};

/** What Python and its library raise by themselves. */
const HAPPENS: readonly Kind[] = [
  { code: '1 / 0', mro: ['ZeroDivisionError', 'ArithmeticError'], message: 'division by zero' },
  { code: '{}["x"]', mro: ['KeyError', 'LookupError'], message: "'x'", args: ['x'] },
  { code: '{}[1, 2]', mro: ['KeyError'], message: '(1, 2)' },
  { code: '[][1]', mro: ['IndexError', 'LookupError'], message: 'list index out of range' },
  { code: '"".nope', mro: ['AttributeError'], message: "'str' object has no attribute 'nope'" },
  { code: 'nope', mro: ['NameError'], message: /^name 'nope' is not defined/ },
  { code: 'x = x + 1', mro: ['UnboundLocalError', 'NameError'], message: /local variable 'x'/ },
  {
    code: 'import no_such_module',
    mro: ['ModuleNotFoundError'],
    message: "No module named 'no_such_module'",
  },
  { code: 'from math import nope', mro: ['ImportError'], message: /^cannot import name 'nope'/ },
  { code: 'len(1)', mro: ['TypeError'], message: "object of type 'int' has no len()" },
  { code: 'int("x")', mro: ['ValueError'], message: /^invalid literal for int\(\)/ },
  {
    code: '2.0 ** 10000',
    mro: ['OverflowError'],
    message: /Numerical result out of range/,
    args: [34, 'Numerical result out of range'],
  },
  {
    code: 'b"\\xff".decode()',
    mro: ['UnicodeDecodeError', 'UnicodeError', 'ValueError'],
    message: /can't decode byte 0xff/,
  },
  {
    code: '"\\ud800".encode()',
    mro: ['UnicodeEncodeError', 'UnicodeError'],
    message: /surrogates not allowed/,
  },
  { code: 'next(iter([]))', mro: ['StopIteration'], message: '', args: [] },
  {
    code: 'open("/no/such/file")',
    mro: ['FileNotFoundError', 'OSError'],
    message: "[Errno 2] No such file or directory: '/no/such/file'",
    args: [2, 'No such file or directory'],
  },
  { code: 'open("/")', mro: ['IsADirectoryError', 'OSError'], message: /^\[Errno 21\]/ },
  {
    code: 'import os; os.listdir("/dev/null")',
    mro: ['NotADirectoryError'],
    message: /^\[Errno 20\]/,
  },
  {
    code: 'raise OSError(111, "no")',
    mro: ['ConnectionRefusedError', 'ConnectionError', 'OSError'],
    message: '[Errno 111] no',
    args: [111, 'no'],
  },
  { code: 'bytearray(2 ** 62)', mro: ['MemoryError'], message: '', args: [] },
  {
    code: 'b = bytearray(1); m = memoryview(b); b.append(1)',
    mro: ['BufferError'],
    message: /cannot be re-sized/,
  },
  {
    code: 'assert 1 == 2, "not equal"',
    mro: ['AssertionError'],
    message: 'not equal',
    args: ['not equal'],
  },
  {
    code: 'def f(): f()\n  f()',
    mro: ['RecursionError', 'RuntimeError'],
    message: /maximum recursion depth/,
  },
  {
    code: 'd = {1: 1}\n  for k in d: d[k + 1] = 1',
    mro: ['RuntimeError'],
    message: /changed size during iteration/,
  },
  {
    code: 'import codecs; codecs.lookup("nope")',
    mro: ['LookupError'],
    message: 'unknown encoding: nope',
  },
  {
    code: 'import weakref\n  class A: pass\n  weakref.proxy(A()).x',
    mro: ['ReferenceError'],
    message: /no longer exists/,
  },
  {
    code: 'import json; json.loads("{")',
    mro: ['json.decoder.JSONDecodeError', 'ValueError'],
    message: /line 1 column 2/,
  },
  {
    code: 'import decimal; decimal.Decimal("x")',
    mro: ['decimal.InvalidOperation', 'decimal.DecimalException', 'ArithmeticError'],
    message: /ConversionSyntax/,
  },
  {
    code: 'import struct; struct.unpack("i", b"")',
    mro: ['struct.error', 'Exception'],
    message: /requires a buffer/,
  },
  {
    code: 'import binascii; binascii.unhexlify("x")',
    mro: ['binascii.Error', 'ValueError'],
    message: /^Odd-length string/,
  },
  {
    code: 'import sqlite3; sqlite3.connect(":memory:").execute("x")',
    mro: ['sqlite3.OperationalError', 'sqlite3.DatabaseError', 'sqlite3.Error'],
    message: /syntax error/,
  },
  {
    code: 'import pickle; pickle.loads(b"x")',
    mro: ['_pickle.UnpicklingError', '_pickle.PickleError'],
    message: /./,
  },
  {
    code: 'import queue; queue.Queue().get_nowait()',
    mro: ['_queue.Empty', 'Exception'],
    message: '',
  },
  {
    code: 'import asyncio; raise asyncio.CancelledError("stop")',
    mro: ['asyncio.exceptions.CancelledError', 'BaseException'],
    message: 'stop',
    args: ['stop'],
  },
  {
    code: 'import subprocess; raise subprocess.CalledProcessError(3, "x")',
    mro: ['subprocess.CalledProcessError', 'subprocess.SubprocessError'],
    message: /exit status 3/,
    args: [3, 'x'],
  },
  {
    code: 'import zipfile, io; zipfile.ZipFile(io.BytesIO(b""))',
    mro: ['zipfile.BadZipFile'],
    message: 'File is not a zip file',
  },
  {
    code: 'import tomllib; tomllib.loads("=")',
    mro: ['tomllib.TOMLDecodeError', 'ValueError'],
    message: /at line 1, column 1/,
  },
  {
    code: 'import statistics; statistics.mean([])',
    mro: ['statistics.StatisticsError', 'ValueError'],
    message: /at least one data point/,
  },
  {
    code: 'import graphlib; graphlib.TopologicalSorter({1: [1]}).prepare()',
    mro: ['graphlib.CycleError', 'ValueError'],
    message: /nodes are in a cycle/,
  },
  {
    code: 'import dataclasses\n  @dataclasses.dataclass(frozen=True)\n  class P: x: int\n  P(1).x = 2',
    mro: ['dataclasses.FrozenInstanceError', 'AttributeError'],
    message: /cannot assign to field 'x'/,
  },
  {
    code: 'import warnings; warnings.simplefilter("error"); warnings.warn("old", DeprecationWarning)',
    mro: ['DeprecationWarning', 'Warning'],
    message: 'old',
  },
  {
    code: 'import sys; sys.exit(3)',
    mro: ['SystemExit', 'BaseException'],
    message: '3',
    args: [3],
  },
  {
    code: 'import numpy as np; np.linalg.inv(np.zeros((2, 2)))',
    mro: ['numpy.linalg.LinAlgError', 'ValueError'],
    message: 'Singular matrix',
  },
  {
    code: 'import numpy as np; np.ones((3, 4)) @ np.ones((2, 2))',
    mro: ['ValueError'],
    message: /mismatch in its core dimension/,
  },
  {
    code: 'import numpy as np; np.sum(np.ones(3), axis=5)',
    mro: ['numpy.exceptions.AxisError', 'ValueError', 'IndexError'],
    message: /axis 5 is out of bounds/,
  },
  {
    code: 'import numpy as np; np.add("a", 1)',
    mro: [
      'numpy._core._exceptions._UFuncNoLoopError',
      'numpy._core._exceptions.UFuncTypeError',
      'TypeError',
    ],
    message: /did not contain a loop/,
  },
];

/** What somebody may write to break whoever looks at it. */
const HOSTILE: readonly Kind[] = [
  {
    code: 'class Both(KeyError, OSError): pass\n  raise Both("x")',
    mro: ['__main__.fail.<locals>.Both', 'KeyError', 'LookupError', 'OSError'],
    message: /x/,
  },
  {
    code: 'class E(Exception):\n    def __str__(self): raise SystemExit\n  raise E(1)',
    mro: ['__main__.fail.<locals>.E', 'Exception'],
    message: '(str() of this exception failed)',
    args: [1],
  },
  {
    code: 'class E(Exception):\n    def __str__(self): return 5\n  raise E(1)',
    mro: ['__main__.fail.<locals>.E'],
    message: '(str() of this exception failed)',
    args: [1],
  },
  {
    code: 'class E(Exception):\n    def __getattribute__(self, name): raise KeyboardInterrupt\n  raise E(2)',
    mro: ['__main__.fail.<locals>.E'],
    message: '2',
    args: [2],
  },
  {
    code: 'class E(Exception):\n    @property\n    def args(self): raise MemoryError\n  raise E(3)',
    mro: ['__main__.fail.<locals>.E'],
    message: '3',
    args: [3],
  },
  {
    code: 'class E(Exception):\n    @property\n    def __class__(self): raise MemoryError\n  raise E(4)',
    mro: ['__main__.fail.<locals>.E'],
    message: '4',
    args: [4],
  },
  {
    code: 'class M(type):\n    def __getattribute__(cls, name): raise MemoryError\n  class E(Exception, metaclass=M): pass\n  raise E(5)',
    mro: ['__main__.fail.<locals>.E', 'Exception'],
    message: '5',
    args: [5],
  },
  {
    code: 'class E(AttributeError):\n    @property\n    def name(self): raise SystemExit\n  raise E(6)',
    mro: ['__main__.fail.<locals>.E', 'AttributeError'],
    message: '6',
    args: [6],
  },
  {
    code: 'class E(Exception): pass\n  E.__module__ = 5\n  raise E(7)',
    mro: ['?.fail.<locals>.E', 'Exception'],
    message: '7',
    args: [7],
  },
  {
    code: 'raise type("", (Exception,), {})(8)',
    mro: ['__main__.', 'Exception'],
    message: '8',
    args: [8],
  },
  {
    code: 'raise type("Ünder 🐍", (ValueError,), {})(9)',
    mro: ['__main__.Ünder 🐍', 'ValueError'],
    message: '9',
    args: [9],
  },
  {
    code: 'raise ValueError("a\\0b\\ud800 🐍")',
    mro: ['ValueError'],
    message: 'a\0b\ud800 🐍',
    args: ['a\0b\ud800 🐍'],
  },
  {
    code: 'raise ValueError("x" * 3_000_000)',
    mro: ['ValueError'],
    message: /^x{900000,}… \[cut: 3000000 characters in all\]$/,
  },
  {
    code: 'class D:\n    def __dir__(self): raise SystemExit\n  D().x',
    mro: ['AttributeError'],
    message: "'D' object has no attribute 'x'",
  },
];

export const kinds: readonly Kind[] = [
  ...Object.entries(RAISED).map(([name, bases]) => ({
    code: `raise ${name}("boom")`,
    mro: [name, ...bases],
    ...BOOM,
  })),
  ...HAPPENS,
  ...HOSTILE,
];
