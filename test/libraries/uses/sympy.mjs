import assert from 'node:assert/strict';

import { py } from '../support/host.mjs';

/** The helper pack that comes with snakepit, on the real library. */
export function use() {
  const { parse_implicit: parse } = py.helpers.sympy;
  assert.equal(String(parse('2x')), '2*x');
  const { x } = py.exec('import sympy; x = sympy.Symbol("x")', { out: ['x'] });
  assert.equal(String(py`${parse('x^3 + 2 sin(2x)')}.diff(${x})`), '3*x**2 + 4*cos(2*x)');
  assert.equal(py`float(${parse('2x(x+1)')}.subs(${x}, 3))`, 24);
}
