import { inspect } from 'node:util';

/**
 * Reading options and payloads from outside: every rule names the field it refuses, so that a
 * message can be acted on without a look into the code.
 */

/** A TypeError that says which field, by its path, was wrong. */
export interface FieldError extends TypeError {
  readonly field: string;
}

export function fieldError(field: string, problem: string): FieldError {
  return Object.assign(new TypeError(`${field}: ${problem}`), { field });
}

/** A short, safe picture of a wrong value for a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `an array of ${String(value.length)}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  return `${inspect(value)} (${typeof value})`;
}

/** Turns one raw value into the trusted one, or throws a {@link FieldError}. */
export type Rule<T> = (value: unknown, field: string) => T;

function expected(field: string, what: string, value: unknown): FieldError {
  return fieldError(field, `expected ${what}, got ${show(value)}`);
}

export function oneOf<const T extends string>(choices: readonly T[]): Rule<T> {
  return (value, field) => {
    if (choices.includes(value as T)) return value as T;
    throw expected(field, choices.map((choice) => `'${choice}'`).join(' or '), value);
  };
}

export const text: Rule<string> = (value, field) => {
  if (typeof value === 'string' && value !== '') return value;
  throw expected(field, 'a text that is not empty', value);
};

export const flag: Rule<boolean> = (value, field) => {
  if (typeof value === 'boolean') return value;
  throw expected(field, 'true or false', value);
};

export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule<number> {
  const to = most < Number.MAX_SAFE_INTEGER ? `from ${String(least)} to ${String(most)}` : '';
  const what = to === '' ? `of ${String(least)} or more` : to;
  return (value, field) => {
    const fits = Number.isSafeInteger(value) && (value as number) >= least;
    if (fits && (value as number) <= most) return value as number;
    throw expected(field, `a whole number ${what}`, value);
  };
}

/** Milliseconds; Node's timers fire at once beyond 2^31 - 1, so more is refused. */
export const milliseconds: Rule<number> = (value, field) => {
  if (typeof value === 'number' && value >= 0 && value < 2 ** 31) return value;
  throw expected(field, 'milliseconds, 0 or more and below 2^31', value);
};

export function listOf<T>(rule: Rule<T>): Rule<readonly T[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw expected(field, 'an array', value);
    return Object.freeze(value.map((item, i) => rule(item, `${field}[${String(i)}]`)));
  };
}

/** `null` (and nothing else that is absent) where the rule allows none. */
export function nullable<T>(rule: Rule<T>): Rule<T | null> {
  return (value, field) => (value === null ? null : rule(value, field));
}

export function orFalse<T>(rule: Rule<T>): Rule<T | false> {
  return (value, field) => (value === false ? false : rule(value, field));
}

export function plainObject(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw expected(field, 'an object', value);
}

/** One rule and one default per key of `T`; a key without a default is required. */
export type Fields<T> = { readonly [K in keyof T]-?: FieldRule<T[K]> };

interface FieldRule<T> {
  readonly rule: Rule<T>;
  /** Asked only when the field is absent, so a default may look at the machine. */
  readonly fallback?: () => T;
}

export function field<T>(rule: Rule<T>, fallback?: () => T): FieldRule<T> {
  return fallback === undefined ? { rule } : { rule, fallback };
}

function refuseUnknown(raw: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    const near = known.find((name) => name.toLowerCase() === key.toLowerCase());
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
    throw fieldError(`${where}.${key}`, `unknown option; ${hint}`);
  }
}

/**
 * Validates and fills an options object once, at the door; inside, every field is there and
 * readonly. An undefined field counts as absent.
 */
export function readOptions<T extends object>(
  raw: unknown,
  fields: Fields<T>,
  where: string,
): Readonly<T> {
  const given = raw === undefined ? {} : plainObject(raw, where);
  const names = Object.keys(fields) as (keyof T & string)[];
  refuseUnknown(given, names, where);
  const filled: Partial<T> = {};
  for (const name of names) {
    const { rule, fallback } = fields[name];
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined) filled[name] = rule(value, `${where}.${name}`);
    else if (fallback !== undefined) filled[name] = fallback();
    else throw fieldError(`${where}.${name}`, 'is required');
  }
  return Object.freeze(filled as T);
}

/** A rule for an options object inside another. */
export function nested<T extends object>(fields: Fields<T>): Rule<Readonly<T>> {
  return (value, where) => readOptions(plainObject(value, where), fields, where);
}
