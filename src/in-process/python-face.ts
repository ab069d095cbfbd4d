import { readOptions, field, nullable, listOf, text, type Rule } from '../contract/fields.ts';
import type { ExecOptions } from '../contract/options.ts';
import type { Python } from '../contract/python.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { alloc, fromNumpy, toNumpy } from '../tensor/transfer.ts';
import { checkedName } from './checked.ts';
import { enterManager, withManager } from './contexts.ts';
import { lazy } from './lazy.ts';
import { idOf, own } from './own.ts';
import { questions } from './questions.ts';
import { scope } from './scope.ts';
import { values } from './values.ts';

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
  | 'enter'
  | 'equal'
  | 'exec'
  | 'float'
  | 'fromNumpy'
  | 'getattr'
  | 'help'
  | 'import'
  | 'int'
  | 'is'
  | 'isinstance'
  | 'lazy'
  | 'len'
  | 'scope'
  | 'set'
  | 'setattr'
  | 'slice'
  | 'toNumpy'
  | 'tuple'
  | 'with'
>;

const call = (id: HandleId, ...args: readonly unknown[]): unknown =>
  loadBinding().call(id, ...args);

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
    import: (name: unknown) => loadBinding().import(checkedName(name, 'py.import(name)')),
    lazy,
    exec,
    with: withManager,
    enter: enterManager,
    scope,
    alloc,
    toNumpy,
    fromNumpy,
    ...questions,
    ...values,
  };
  return Object.freeze(Object.defineProperties(face, getters)) as unknown as PythonFace;
}
