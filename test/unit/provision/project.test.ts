import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { findProject, hashInputs, readInputs } from '../../../src/provision/project.ts';
import { redact } from '../../../src/provision/redact.ts';
import { projectOf, temporary } from './support.ts';

function message(pyproject: string): string {
  try {
    readInputs(projectOf(pyproject));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_PROJECT' });
    return (error as Error).message;
  }
  return 'no error';
}

describe('readInputs', () => {
  test('takes requires-python and dependencies, and nothing else', () => {
    const text = `[project]\nrequires-python = ">=3.12"\ndependencies = ["numpy>=2", "x; python_version<'4'"]
[tool.uv.sources]\nnumpy = { path = "/elsewhere" }\n`;
    expect(readInputs(projectOf(text))).toEqual({
      requiresPython: '>=3.12',
      dependencies: ['numpy>=2', "x; python_version<'4'"],
    });
  });

  test('a project that asks for nothing gets any CPython that will do', () => {
    const inputs = { requiresPython: '>=3.11', dependencies: [] };
    expect(readInputs(projectOf('[tool.ruff]\nline-length = 100\n'))).toEqual(inputs);
  });

  test.each([
    ['[project\nname = 1', /pyproject\.toml is not valid TOML, line 1, column \d+: .+ Correct it/],
    [
      '[project]\ndependencies = "numpy"',
      /\[project\] dependencies must be a list of requirements/,
    ],
    ['[project]\ndependencies = [1]', /dependencies must be a list of .*, and 1 is none\. Correct/],
    ['[project]\ndependencies = [["numpy"]]', /must be a list of .*, and numpy is none/],
    ['[project]\ndependencies = [{ name = "a" }]', /and \{"name":"a"\} is none/],
    ['[project]\ndependencies = ["a", 1979-05-27]', /and "1979-05-27" is none/],
    [
      '[project]\nrequires-python = 3.11',
      /\[project\] requires-python must be a version specifier/,
    ],
    ['[project]\nrequires-python = "3.11 or so"', /requires-python must be a version specifier/],
    ['[project]\ndynamic = ["dependencies"]', /\[project\] dynamic names `dependencies`/],
    ['project = "x"', /\[project\] must be a table/],
  ])('%j is one clear error', (text, expected) => {
    expect(message(text)).toMatch(expected);
  });

  test.each([
    '-e /tmp',
    '--index-url=http://evil',
    ' -r other.txt',
    'numpy --index-url=evil',
    'numpy>=2 --hash=sha256:00',
    'numpy\n--find-links /tmp',
    'numpy\r-e /tmp',
    'numpy>=2 \\',
    "numpy; python_version<'4\n-e /tmp'",
    'numpy @ file:///a\n-e /tmp',
    './wheels/a.whl',
    '/tmp',
    'https://host/a.whl',
    'numpy = 2',
    'numpy # a remark',
    '',
  ])('%j is no requirement: it does not reach uv', (entry) => {
    const said = message(`[project]\ndependencies = ["pandas", ${JSON.stringify(entry)}]`);
    expect(said).toMatch(/\[project\] dependencies must be a list of requirements/);
    expect(said).toContain(`and ${redact(JSON.stringify(entry))} is none. Correct it`);
  });

  test('everything that PEP 508 allows is one', () => {
    const dependencies = [
      'numpy',
      ' A.b-C_9 ',
      'requests[security,socks] >= 2.8.1 , == 2.8.*',
      'name (>=1,<2)',
      'a[]',
      'a~=1.0rc1+local.1,!=1!2.0,===1-x',
      'a>=1,',
      'pip @ https://host/pip-1.0-py3-none-any.whl#sha256=00',
      'pip[x]@file:///wheels/pip.whl ; python_version<"4"',
      `a>=1 ; (os_name == "nt" and 'x y; #' not in platform_version) or extra=='t'`,
    ];
    const text = `[project]\ndependencies = ${JSON.stringify(dependencies)}`;
    expect(readInputs(projectOf(text)).dependencies).toEqual(dependencies);
  });

  test.each(['<3.11', '==3.10.*', '~=3.9.1', '>=3.8,<=3.10'])(
    'requires-python %j leaves no Python that snakepit works with',
    (specifier) => {
      expect(message(`[project]\nrequires-python = "${specifier}"`)).toContain(
        `requires-python is "${specifier}": snakepit needs CPython 3.11 or newer, which this excludes. Correct it`,
      );
    },
  );

  test('no pyproject.toml', () => {
    const folder = projectOf('');
    rmSync(join(folder, 'pyproject.toml'));
    writeFileSync(join(folder, 'snakepit.lock'), '{}');
    expect(() => readInputs(folder)).toThrow(/has no pyproject\.toml\. Make one/);
  });
});

test('hashInputs ignores order and white space, and nothing more', () => {
  const hash = (requiresPython: string, ...dependencies: string[]): string =>
    hashInputs({ requiresPython, dependencies });
  expect(hash('>=3.11, <4', 'a', 'b ')).toBe(hash('>=3.11,<4', 'b', 'a'));
  expect(hash('>=3.11', 'a')).not.toBe(hash('>=3.11', 'b'));
  expect(hash('>=3.11', 'a')).not.toBe(hash('>=3.12', 'a'));
});

test('findProject goes up to the nearest one', () => {
  const outer = realpathSync(projectOf(''));
  const inner = join(outer, 'packages/service/src');
  mkdirSync(inner, { recursive: true });
  expect(findProject(inner)).toBe(outer);
  writeFileSync(join(outer, 'packages/service/snakepit.lock'), '{}');
  expect(findProject(inner)).toBe(join(outer, 'packages/service'));
  expect(findProject(temporary())).toBeUndefined();
});
