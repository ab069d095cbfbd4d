import { describe, expect, test } from 'vitest';

import { withoutRequirements, withRequirements } from '../../../src/provision/dependency-list.ts';

const HEAD = '[project]\nname = "p" # [not] a table\nversion = "0"\n';

describe('adding', () => {
  test.each([
    ['an empty list', 'dependencies = []\n', 'dependencies = ["numpy"]\n'],
    ['a list in one line', 'dependencies = ["a"]\n', 'dependencies = ["a", "numpy"]\n'],
    ['with a closing comma', "dependencies = ['a',]\n", `dependencies = ['a', "numpy",]\n`],
    [
      'a list of lines, with remarks',
      'dependencies = [\n    "a", # why a\n    # nothing "after" it ]\n]\n',
      'dependencies = [\n    "a",\n    "numpy", # why a\n    # nothing "after" it ]\n]\n',
    ],
    [
      'a last line without a comma',
      'dependencies = [\n  "a[x,y]>=1"\n]\n',
      'dependencies = [\n  "a[x,y]>=1",\n  "numpy",\n]\n',
    ],
    ['the same name', 'dependencies = ["b", "NumPy>=1"]\n', 'dependencies = ["b", "numpy"]\n'],
    ['no list', '', 'dependencies = ["numpy"]\n'],
  ])('to %s', (_, before, after) => {
    const rest = '\n[tool.x]\ndependencies = ["z"]\n';
    expect(withRequirements(HEAD + before + rest, ['numpy'])).toBe(HEAD + after + rest);
  });

  test('several, and again', () => {
    const once = withRequirements(`${HEAD}dependencies = []\n`, ['a>=1', 'b[x]']) ?? '';
    expect(once).toBe(`${HEAD}dependencies = ["a>=1", "b[x]"]\n`);
    expect(withRequirements(once, ['a>=1', 'b[x]'])).toBe(once);
  });

  test('to a file without the table', () => {
    expect(withRequirements('[tool.x]\na = 1\n', ['numpy'])).toBe(
      '[tool.x]\na = 1\n\n[project]\ndependencies = ["numpy"]\n',
    );
  });

  test.each([
    'project = { name = "p", dependencies = ["a"] }\n',
    'project.dependencies = ["a"]\n',
    `${HEAD}dependencies = [1]\n`,
    '[project\n',
  ])('what only a person can edit is left alone: %s', (text) => {
    expect(withRequirements(text, ['numpy'])).toBeUndefined();
  });
});

describe('removing', () => {
  test.each([
    ['the only one', '["numpy"]', '[]'],
    ['the first', '["numpy>=2", "b"]', '["b"]'],
    ['the last', '["a", "numpy ; python_version > \'3\'"]', '["a"]'],
    ['with its line', '[\n  "a",\n  "numpy", # why\n  "b",\n]', '[\n  "a",\n  "b",\n]'],
    ['the last line', '[\n  "a",\n  "numpy"\n]', '[\n  "a"\n]'],
    ['twice named', '["numpy<2", "a", "numpy>=1"]', '["a"]'],
  ])('%s', (_, before, after) => {
    expect(withoutRequirements(`${HEAD}dependencies = ${before}\n`, ['Numpy'])).toBe(
      `${HEAD}dependencies = ${after}\n`,
    );
  });

  test('what is not there', () => {
    expect(withoutRequirements(`${HEAD}dependencies = ["a"]\n`, ['numpy'])).toBeNull();
    expect(withoutRequirements(HEAD, ['numpy'])).toBeNull();
    expect(withoutRequirements('project.dependencies = ["a"]\n', ['a'])).toBeUndefined();
  });
});
