import {
  BUILTIN_ALIASES,
  BUILTIN_EXCEPTIONS,
  type BuiltinException,
  builtinMro,
} from './builtin-exceptions.ts';
import { show } from '../contract/fields.ts';
import * as own from './errors.ts';
import * as provision from './provision-errors.ts';
import { GROUP_PROTOTYPE, PythonError, type PythonErrorClass, qualify } from './python-error.ts';
import { addRule, type ContextRule } from './rules.ts';
import * as workers from './worker-errors.ts';

export { caughtAt, originOf } from './brand.ts';
export {
  defineOnErrors,
  PythonError,
  type PythonErrorClass,
  type PythonErrorOptions,
} from './python-error.ts';

const ALIASES: Readonly<Record<string, string>> = BUILTIN_ALIASES;
const CLASSES: Map<string, PythonErrorClass> = new Map([[PythonError.qualifiedName, PythonError]]);

/** The one spelling of a class's name: with its module, and never a builtin's second name. */
export function canonicalName(name: string): string {
  const bare = name.replace(/^builtins\./, '');
  return qualify(Object.hasOwn(ALIASES, bare) ? (ALIASES[bare] ?? bare) : bare);
}

function setMro(made: PythonErrorClass, mro: readonly string[]): void {
  Object.defineProperty(made, 'knownMro', { value: Object.freeze(mro), configurable: true });
}

function define(qualified: string): PythonErrorClass {
  const name = qualified.slice(qualified.lastIndexOf('.') + 1);
  const holder = { [name]: class extends PythonError {} };
  const made = holder[name] as PythonErrorClass;
  Object.defineProperty(made, 'qualifiedName', { value: qualified });
  Object.defineProperty(made.prototype, 'name', {
    value: name,
    writable: true,
    configurable: true,
  });
  // Nearly every exception is an Exception; the first instance tells the whole MRO.
  setMro(made, [qualified, 'builtins.Exception', ...PythonError.knownMro]);
  return made;
}

/** Lets the JS prototypes follow the MRO, so that a debugger shows what `instanceof` says. */
function learn(made: PythonErrorClass, mro: readonly string[]): void {
  setMro(made, mro);
  const next = mro[1];
  if (next === undefined || next === 'builtins.object') return;
  const parent = classOf(next);
  const group = made.qualifiedName === 'builtins.BaseExceptionGroup';
  Object.setPrototypeOf(made, parent);
  Object.setPrototypeOf(made.prototype, group ? GROUP_PROTOTYPE : parent.prototype);
}

const LEARNED: Set<string> = new Set([PythonError.qualifiedName]);

/** The class of a qualified name; made at first sight and the same one for ever. */
function classOf(name: string): PythonErrorClass {
  // The canonical spelling is the usual one, and errors are made in hot loops too.
  const qualified = CLASSES.has(name) ? name : canonicalName(name);
  const known = CLASSES.get(qualified);
  if (known !== undefined) return known;
  const made = define(qualified);
  CLASSES.set(qualified, made);
  const mro = builtinMro(qualified.replace(/^builtins\./, ''));
  if (mro.length > 0) classOfMro([...mro, 'object'].map(qualify));
  return made;
}

/**
 * The class of an exception whose MRO is known, own name first. The first MRO that a class was
 * seen with is the one that its prototypes follow.
 */
export function classOfMro(mro: readonly string[]): PythonErrorClass {
  const name = mro[0];
  if (name === undefined) return PythonError;
  const made = classOf(name);
  if (LEARNED.has(made.qualifiedName)) return made;
  LEARNED.add(made.qualifiedName);
  learn(made, mro.map(canonicalName));
  return made;
}

type OwnErrors = typeof own & typeof provision & typeof workers;

/** All classes of errors: Python's, builtins by name and others by `get`, and our own. */
export type Errors = OwnErrors & {
  readonly [K in BuiltinException]: PythonErrorClass;
} & {
  /** The class of any Python exception, also before Python has loaded it. */
  get(qualifiedName: string): PythonErrorClass;
  /**
   * Adds to `context` of every error of a class, and of those derived from it: a regular expression
   * gives its named groups (`shape…` as a list of numbers, digits as a number), a function what it
   * returns. Rules run when `context` is first read; one that throws is a process warning.
   *
   * @example
   * errors.rule("faiss.FaissException", /expected dimension (?<expected>\d+), got (?<got>\d+)/);
   * errors.rule("OSError", (error) => ({ errno: error.args[0] }));
   *
   * @returns what ends it when it is disposed of
   * @throws TypeError for what is no class's name, or no rule
   */
  rule(typeName: string, rule: ContextRule): Disposable;
};

function buildErrors(): Errors {
  const space = { ...own, ...provision, ...workers, get: getClass, rule: setRule };
  // On demand: seventy classes would be a part of every start.
  for (const name of [...Object.keys(BUILTIN_EXCEPTIONS), ...Object.keys(BUILTIN_ALIASES)]) {
    Object.defineProperty(space, name, { get: () => classOf(name), enumerable: true });
  }
  return Object.freeze(space) as Errors;
}

/** Whether a class of Python's could have this name. */
export function isClassName(name: unknown): name is string {
  return typeof name === 'string' && /^[^.\s][^\s]*[^.\s]$|^[^.\s]$/.test(name);
}

function getClass(qualifiedName: string): PythonErrorClass {
  if (isClassName(qualifiedName)) return classOf(qualifiedName);
  throw new TypeError(
    `errors.get() takes an exception's qualified name, such as 'torch.OutOfMemoryError', got ${show(qualifiedName)}`,
  );
}

function setRule(typeName: string, rule: ContextRule): Disposable {
  if (!isClassName(typeName)) {
    throw new TypeError(
      `errors.rule() takes an exception's qualified name, such as 'ValueError', got ${show(typeName)}`,
    );
  }
  if (typeof rule !== 'function' && !(rule instanceof RegExp)) {
    throw new TypeError(
      `errors.rule('${typeName}', rule): the rule is a regular expression with named groups or a function (error) => ({ … }), got ${show(rule)}`,
    );
  }
  return addRule(canonicalName(typeName), rule);
}

/**
 * @example
 * error instanceof errors.get("torch.OutOfMemoryError"); // works before torch is loaded
 */
export const errors: Errors = buildErrors();
