import type { Untyped } from './untyped.ts';

/** The functions of Python's `operator` module, without a trailing underscore. */
export const OPERATORS = [
  'abs',
  'add',
  'and',
  'attrgetter',
  'call',
  'concat',
  'contains',
  'countOf',
  'delitem',
  'eq',
  'floordiv',
  'ge',
  'getitem',
  'gt',
  'iadd',
  'iand',
  'iconcat',
  'ifloordiv',
  'ilshift',
  'imatmul',
  'imod',
  'imul',
  'index',
  'indexOf',
  'inv',
  'invert',
  'ior',
  'ipow',
  'irshift',
  'is',
  'is_not',
  'isub',
  'itemgetter',
  'itruediv',
  'ixor',
  'le',
  'length_hint',
  'lshift',
  'lt',
  'matmul',
  'methodcaller',
  'mod',
  'mul',
  'ne',
  'neg',
  'not',
  'or',
  'pos',
  'pow',
  'rshift',
  'setitem',
  'sub',
  'truediv',
  'truth',
  'xor',
] as const;

export type OperatorName = (typeof OPERATORS)[number];

/** JavaScript's reserved words are fine as members; Python needs the underscore. */
const RESERVED: ReadonlySet<string> = new Set(['and', 'is', 'not', 'or']);

/**
 * @example
 * operatorInPython("and"); // "and_"
 */
export function operatorInPython(name: OperatorName): string {
  return RESERVED.has(name) ? `${name}_` : name;
}

/**
 * Python's operators as functions: `op.matmul(a, b)` is `a @ b`. Results are converted as those of
 * any call; `op.iadd(a, b)` is `a += b`, whose result is the new `a`.
 */
export type Operators = Readonly<Record<OperatorName, (...operands: unknown[]) => Untyped>>;
