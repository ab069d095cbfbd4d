import { describe, expect, test } from 'vitest';

import { errors, type PythonError } from '../../src/errors/python-errors.ts';
import { open } from '../../src/runtime/create-runtime.ts';
import { errorContextTable } from './error-context-table.ts';
import { errorRulesTable } from './error-rules-table.ts';
import { errorsTable } from './errors-table.ts';
import { failure } from './protocol-face.ts';
import { op } from '../../src/runtime/operators.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each([...errorsTable, ...errorContextTable, ...errorRulesTable])('$name', (row) =>
    row.run(py),
  );

  test('context: by an operator of ours', async () => {
    const np = py.import('numpy');
    const error: PythonError = await failure(() => op.matmul(np.ones([3, 4]), np.ones([2, 2])));
    expect(error.context).toMatchObject({ source: 'objects', shape_a: [3, 4], shape_b: [2, 2] });
  });

  test('errors.rule takes a class and a rule', () => {
    expect(() => errors.rule('', /x/)).toThrow(/qualified name/);
    expect(() => errors.rule('ValueError', 'x' as never)).toThrow(/regular expression/);
  });
});
