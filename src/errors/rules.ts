import type { ErrorContext } from '../contract/exception-record.ts';
import type { PythonError } from './python-error.ts';

/**
 * What a rule adds to the context of errors of its type: the groups of a regular expression that is
 * looked for in the message, or what a function returns.
 */
export type ContextRule = RegExp | ((error: PythonError) => object | null | undefined);

interface Entry {
  readonly rule: ContextRule;
}

/** By the class's qualified name, in the order of registration. */
const RULES: Map<string, Set<Entry>> = new Map<string, Set<Entry>>();

/** Until what it returns is disposed of. The same rule may be there twice, and ends once each. */
export function addRule(qualifiedName: string, rule: ContextRule): Disposable {
  const entry: Entry = { rule };
  const entries = RULES.get(qualifiedName) ?? new Set<Entry>();
  RULES.set(qualifiedName, entries.add(entry));
  return {
    [Symbol.dispose]: () => {
      entries.delete(entry);
      if (entries.size === 0) RULES.delete(qualifiedName);
    },
  };
}

/** `shape…` is a list of numbers, digits alone are a number, everything else is text. */
function readGroup([name, text]: [string, string | undefined]): readonly [string, unknown][] {
  if (text === undefined) return [];
  if (name.startsWith('shape')) return [[name, (text.match(/-?\d+/g) ?? []).map(Number)]];
  return [[name, /^-?\d{1,15}$/.test(text) ? Number(text) : text]];
}

function apply(rule: ContextRule, error: PythonError): object | null | undefined {
  if (typeof rule === 'function') return rule(error);
  rule.lastIndex = 0;
  const groups = rule.exec(error.message)?.groups;
  return groups && Object.fromEntries(Object.entries(groups).flatMap(readGroup));
}

function applySafely(rule: ContextRule, error: PythonError): object | null | undefined {
  try {
    return apply(rule, error);
  } catch (problem) {
    // To look at an error must not make another one.
    process.emitWarning(`a rule of errors.rule() threw: ${String(problem)}`, 'SnakepitWarning');
    return null;
  }
}

/** The context that the placement gave, and what users' rules add: the own class's first. */
export function contextWithRules(
  error: PythonError,
  known: ErrorContext | null,
): ErrorContext | null {
  if (RULES.size === 0) return known;
  let added: object = {};
  for (const name of error.mro) {
    for (const { rule } of RULES.get(name) ?? []) {
      const found = applySafely(rule, error);
      if (typeof found === 'object' && found !== null) added = { ...found, ...added };
    }
  }
  if (Object.keys(added).length === 0) return known;
  // A rule cannot say where the fields of others came from.
  return Object.freeze({ ...known, ...added, source: known?.source ?? 'message' });
}
