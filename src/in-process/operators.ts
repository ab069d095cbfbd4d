import { loadBinding } from '../native/load.ts';
import { callAny } from './members.ts';
import { held } from './own.ts';

/** A function of Python's `operator` module, by its name there. */
export function callOperator(name: string, operands: readonly unknown[]): unknown {
  const { id } = held(`operator.${name}`, () => loadBinding().import('operator'), name);
  return callAny(id, operands);
}
