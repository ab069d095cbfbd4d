import { readOptions, field, nullable, listOf, text, type Rule } from '../contract/fields.ts';
import type { ExecOptions } from '../contract/options.ts';
import type { Python } from '../contract/python.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { alloc, fromNumpy, toNumpy } from '../tensor/transfer.ts';
import { nameOf } from './names.ts';
import { builtin, idOf, own } from './own.ts';
import { scope } from './scope.ts';

/** The members that this version has of {@link Python}. */
export type PythonFace = Pick<
  Python,
  | 'alloc'
  | 'bool'
  | 'builtins'
  | 'bytes'
  | 'callable'
  | 'contains'
  | 'ellipsis'
  | 'equal'
  | 'exec'
  | 'float'
  | 'fromNumpy'
  | 'getattr'
  | 'import'
  | 'int'
  | 'is'
  | 'isinstance'
  | 'len'
  | 'scope'
  | 'set'
  | 'setattr'
  | 'slice'
  | 'toNumpy'
  | 'tuple'
>;

const call = (id: HandleId, ...args: readonly unknown[]): unknown =>
  loadBinding().call(id, ...args);

/** The result stays a Python object, also where it would convert: `py.float(3)` is a float. */
const make = (name: string, ...args: readonly unknown[]): unknown =>
  loadBinding().callForProxy(builtin(name), ...args);

const record: Rule<Readonly<Record<string, unknown>>> = (value) =>
  value as Readonly<Record<string, unknown>>;

const EXEC_FIELDS = {
  in: field(nullable(record), () => ({})),
  out: field(listOf(text), () => [] as readonly string[]),
};

function exec(code: string, raw?: ExecOptions): Record<string, unknown> {
  const options = readOptions(raw, EXEC_FIELDS, 'exec options');
  const values = call(own('namespace', 'execute'), code, options.in ?? {}, options.out);
  // Each entry asks the proxy anew: an id alone does not keep the handle.
  const result = Object.fromEntries(
    options.out.map((name, i) => [name, loadBinding().index(idOf(values) as HandleId, i)]),
  );
  loadBinding().dispose(idOf(values) as HandleId);
  return result;
}

function getattr(value: unknown, name: string, ...fallback: readonly unknown[]): unknown {
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

/** `slice(stop)` is Python's habit; here the places are always start, stop, step. */
function slice(start?: unknown, stop?: unknown, step?: unknown): unknown {
  return make('slice', start ?? null, stop ?? null, step ?? null);
}

const questions = {
  isinstance: (value: unknown, type: unknown) => call(builtin('isinstance'), value, type),
  is: (a: unknown, b: unknown) => call(own('questions', 'same'), a, b),
  equal: (a: unknown, b: unknown) => call(own('questions', 'equal'), a, b),
  contains: (container: unknown, value: unknown) =>
    call(own('questions', 'contains'), container, value),
  bool: truth,
  len: (value: unknown) => call(builtin('len'), value),
  callable: (value: unknown) => call(builtin('callable'), value),
  getattr,
  setattr: (value: unknown, name: string, attribute: unknown) => {
    call(builtin('setattr'), value, name, attribute);
  },
};

const values = {
  tuple: (...items: readonly unknown[]) => make('tuple', items),
  set: (items: Iterable<unknown>) => make('set', [...items]),
  bytes: (data: Uint8Array) => make('bytes', data),
  int: (value: unknown) => make('int', value),
  float: (value: unknown) => make('float', value),
  slice,
};

const getters: PropertyDescriptorMap = {
  builtins: { get: () => loadBinding().import('builtins'), enumerable: true },
  ellipsis: {
    get: () =>
      loadBinding().getAttr(idOf(loadBinding().import('builtins')) as HandleId, 'Ellipsis'),
    enumerable: true,
  },
};

/** The synchronous face over this process's Python. */
export function createFace(): PythonFace {
  const face = {
    import: (name: string) => loadBinding().import(name),
    exec,
    scope,
    alloc,
    toNumpy,
    fromNumpy,
    ...questions,
    ...values,
  };
  return Object.freeze(Object.defineProperties(face, getters)) as unknown as PythonFace;
}
