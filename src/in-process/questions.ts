import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { checkedName } from './checked.ts';
import { nameOf } from './names.ts';
import { builtin, idOf, own } from './own.ts';
import { tuple } from './values.ts';

const call = (id: HandleId, ...args: readonly unknown[]): unknown =>
  loadBinding().call(id, ...args);

function getattr(value: unknown, raw: unknown, ...fallback: readonly unknown[]): unknown {
  const name = checkedName(raw, 'py.getattr(x, name)');
  const id = idOf(value);
  if (id === undefined) return call(builtin('getattr'), value, name, ...fallback);
  if (fallback.length === 0) return loadBinding().getAttr(id, nameOf(name));
  const found = loadBinding().findAttr(id, nameOf(name));
  return found === undefined ? fallback[0] : found;
}

function truth(value: unknown): boolean {
  const id = idOf(value);
  return id === undefined ? (call(builtin('bool'), value) as boolean) : loadBinding().isTrue(id);
}

/** Several types are an array here; Python wants a tuple of them. */
function isinstance(value: unknown, type: unknown): unknown {
  return call(
    builtin('isinstance'),
    value,
    Array.isArray(type) ? tuple(...(type as unknown[])) : type,
  );
}

/** `py.help`: the text of Python's help(), of an object or of what a name means. */
function help(subject: unknown): string {
  return call(own('inspect', 'help_text'), subject) as string;
}

/** What JavaScript has no operator for. */
export const questions: Readonly<Record<string, (...args: never) => unknown>> = {
  isinstance,
  is: (a: unknown, b: unknown) => call(own('questions', 'same'), a, b),
  equal: (a: unknown, b: unknown) => call(own('questions', 'equal'), a, b),
  contains: (container: unknown, value: unknown) =>
    call(own('questions', 'contains'), container, value),
  bool: truth,
  len: (value: unknown) => call(builtin('len'), value),
  callable: (value: unknown) => call(builtin('callable'), value),
  getattr,
  setattr: (value: unknown, name: unknown, attribute: unknown) => {
    const checked = checkedName(name, 'py.setattr(x, name, value)');
    call(builtin('setattr'), value, checked, attribute);
  },
  help,
};
