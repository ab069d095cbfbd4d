import type { HelperPacks } from '../contract/helpers.ts';
import type { InlineTag, Python } from '../contract/python.ts';
import { asyncFace, installAsync, type MakeAsync } from './lift.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { alloc, fromNumpy, toNumpy } from '../tensor/transfer.ts';
import { fromTorch, toTorch } from './torch.ts';
import { fromArrow, toArrow } from './arrow.ts';
import { capture } from './capture.ts';
import { checkedName } from './checked.ts';
import { makeClass } from './classes.ts';
import { codec } from './codecs.ts';
import { enterManager, withManager } from './contexts.ts';
import { createExecute } from './execute.ts';
import { createHelpers } from './helpers.ts';
import { importModule } from './host-libraries.ts';
import { createTag, exec } from './inline.ts';
import { lazy } from './lazy.ts';
import { idOf } from './own.ts';
import { questions } from './questions.ts';
import { scope } from './scope.ts';
import { values } from './values.ts';

type Members = Pick<
  Python,
  | 'alloc'
  | 'async'
  | 'bool'
  | 'builtins'
  | 'bytes'
  | 'callable'
  | 'capture'
  | 'class'
  | 'codec'
  | 'contains'
  | 'ellipsis'
  | 'enter'
  | 'equal'
  | 'exec'
  | 'execute'
  | 'float'
  | 'fromArrow'
  | 'fromNumpy'
  | 'fromTorch'
  | 'getattr'
  | 'help'
  | 'helpers'
  | 'import'
  | 'int'
  | 'is'
  | 'isinstance'
  | 'lazy'
  | 'len'
  | 'proxy'
  | 'scope'
  | 'set'
  | 'setattr'
  | 'slice'
  | 'toArrow'
  | 'toNumpy'
  | 'toTorch'
  | 'tuple'
  | 'weak'
  | 'with'
>;

/** The tag of py`…`, with the members that this version has of {@link Python}. */
export type PythonFace = InlineTag & Members;

const getters: PropertyDescriptorMap = {
  async: { get: () => asyncFace().face, enumerable: true },
  builtins: { get: () => loadBinding().import('builtins'), enumerable: true },
  ellipsis: {
    get: () =>
      loadBinding().getAttr(idOf(loadBinding().import('builtins')) as HandleId, 'Ellipsis'),
    enumerable: true,
  },
};

/** The synchronous face over this process's Python. */
export function createFace(packs: HelperPacks, makeAsync: MakeAsync): PythonFace {
  const face = {
    import: (name: unknown) => importModule(checkedName(name, 'py.import(name)')),
    lazy,
    class: makeClass,
    codec,
    exec,
    execute: createExecute(packs),
    helpers: createHelpers(packs),
    with: withManager,
    enter: enterManager,
    scope,
    capture,
    alloc,
    toNumpy,
    fromNumpy,
    toTorch,
    fromTorch,
    toArrow,
    fromArrow,
    ...questions,
    ...values,
  };
  const tag = Object.assign(createTag(), face);
  Object.defineProperties(tag, getters);
  const made = Object.freeze(tag) as unknown as PythonFace;
  installAsync(makeAsync, () => made);
  return made;
}
