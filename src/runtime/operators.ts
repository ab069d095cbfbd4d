import {
  type OperatorName,
  OPERATORS,
  type Operators,
  operatorInPython,
} from '../contract/operators.ts';
import { callOperator } from '../in-process/open.ts';
import { open } from './create-runtime.ts';

type Operator = (...operands: unknown[]) => unknown;

/** By name in the stack of an error too. */
function makeOperator(name: OperatorName): Operator {
  const inPython = operatorInPython(name);
  const operator = (...operands: unknown[]): unknown => {
    open();
    return callOperator(inPython, operands);
  };
  return Object.defineProperty(operator, 'name', { value: name });
}

/**
 * What JavaScript has no operator for on Python's objects.
 *
 * @example
 * op.matmul(a, b); // a @ b
 * op.add([1], [2]).$toJS(); // [1, 2]
 */
export const op: Operators = Object.freeze(
  Object.fromEntries(OPERATORS.map((name) => [name, makeOperator(name)])),
) as Operators;
