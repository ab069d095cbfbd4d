import { kw } from '../contract/kw.ts';
import { PythonError } from '../errors/python-errors.ts';
import type { Binding } from '../native/binding.ts';
import type { JsHooks } from '../native/js-binding.ts';
import { toArrow } from './arrow.ts';
import { decode, decoderOf, encode } from './codecs.ts';
import { framesBetween, traceOf } from './exceptions.ts';
import { identify, isError, Thrown } from './js-identity.ts';
import { OPERATIONS } from './js-operations.ts';
import { parametersOf } from './js-signature.ts';

/** `TypeError: …`, whatever the error's getters do. */
function describe(value: unknown): string {
  try {
    if (value instanceof Thrown) return String(value.value);
    const { name, message }: { readonly name: unknown; readonly message: unknown } = value as Error;
    return message === '' ? String(name) : `${String(name)}: ${String(message)}`;
  } catch {
    return 'an error of JavaScript that cannot be read';
  }
}

function causeOf(value: unknown): unknown {
  try {
    return (value as Error).cause;
  } catch {
    return undefined;
  }
}

/** Of a Python error that never was one in Python: the class and the arguments it would have there. */
function ownOf(value: unknown): readonly unknown[] {
  if (!(value instanceof PythonError)) return [];
  return [value.mro[0], [...value.args]];
}

/**
 * What native code needs for the Python exception: what it holds, under which number, its text, its
 * cause, and of Python's own classes the name and the arguments.
 */
function prepareThrown(value: unknown): readonly unknown[] {
  if (!isError(value)) {
    const held = new Thrown(value);
    return [held, identify(held, false), describe(held)];
  }
  const held = value as object;
  return [held, identify(held, false), describe(held), causeOf(held), ...ownOf(held)];
}

function keywords(names: readonly string[], values: readonly unknown[]): unknown {
  return kw(Object.fromEntries(names.map((name, i) => [name, values[i]])));
}

/** As deep as JavaScript comes: native code notes its stack pointer at every level. */
function probe(binding: Binding): void {
  binding.markStack();
  probe(binding);
}

/** What native code asks JavaScript about its functions and objects. */
export function makeJsHooks(binding: Binding): JsHooks {
  const probeStack = (): null => {
    try {
      probe(binding);
    } catch {
      // The stack is full, which is what was asked.
    }
    return null;
  };
  return {
    identify,
    describe,
    prepareThrown,
    keywords,
    probeStack,
    parameters: parametersOf,
    traceOf,
    framesBetween,
    decoderOf,
    decode,
    encode,
    toArrow,
    ...OPERATIONS,
  };
}
