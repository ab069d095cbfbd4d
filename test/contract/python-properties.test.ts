// Round trips of whatever hypothesis thinks of. The example is among the error's notes where one fails.
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];
const TOOLS = new URL('../../scripts/lib/pytest.mjs', import.meta.url).href;
const PROPERTIES = fileURLToPath(new URL('../fixtures/properties', import.meta.url));
const EXAMPLES = 200;
// The first run installs hypothesis.
const PATIENCE = 120_000;

type Cross = (value: any) => unknown;

describe('what hypothesis thinks of', () => {
  const py = open(project === undefined ? {} : { project });
  let run: (cross: Cross, itself: Cross, examples: number) => void;

  beforeAll(async () => {
    const { path } = py.import('sys');
    const tools = (await import(TOOLS)) as { pytestFolder(): Promise<string> };
    path.append(await tools.pytestFolder());
    path.append(PROPERTIES);
    ({ run } = py.import('round_trips'));
  }, PATIENCE);

  test('comes back equal, or is an error with a code and a path', () => {
    const crossed: unknown[] = [];
    const cross: Cross = (value) => {
      const plain: unknown = typeof value === 'function' ? value.$toJS() : value;
      crossed.push(plain);
      return plain;
    };
    run(cross, (value) => value as unknown, EXAMPLES);
    expect(crossed.length).toBeGreaterThan(EXAMPLES);
  });
});
