import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  BUILTIN_ALIASES,
  BUILTIN_EXCEPTIONS,
  builtinMro,
} from '../../../src/errors/builtin-exceptions.ts';
import { errors } from '../../../src/errors/python-errors.ts';

interface Facts {
  readonly version: readonly [number, number];
  readonly mro: Readonly<Record<string, readonly string[]>>;
  readonly bases: Readonly<Record<string, readonly string[]>>;
  readonly aliases: Readonly<Record<string, string>>;
}

const PROGRAM = `
import builtins, json, sys
found = {n: c for n, c in vars(builtins).items()
         if isinstance(c, type) and issubclass(c, BaseException)}
print(json.dumps({
    "version": sys.version_info[:2],
    "mro": {c.__name__: [b.__name__ for b in c.__mro__[:-1]] for c in found.values()},
    "bases": {c.__name__: [b.__name__ for b in c.__bases__ if b is not object]
              for c in found.values()},
    "aliases": {n: c.__name__ for n, c in found.items() if n != c.__name__},
}))`;

function ask(python: string): Facts | null {
  try {
    const text = execFileSync(python, ['-I', '-c', PROGRAM], { encoding: 'utf8', stdio: 'pipe' });
    const facts = JSON.parse(text) as Facts;
    return facts.version[0] === 3 && facts.version[1] >= 11 ? facts : null;
  } catch {
    return null;
  }
}

/** The Pythons at hand, one for each minor version. */
function pythons(): Map<string, Facts> {
  const root = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const versions = existsSync(root) ? readdirSync(root) : [];
  const candidates = [
    process.env['SNAKEPIT_PYTHON'] ?? 'python3',
    ...['3.11', '3.12', '3.13', '3.14'].map((minor) => `python${minor}`),
    ...versions.map((version) => join(root, version, 'bin', 'python3')),
    'python3',
  ];
  const found = new Map<string, Facts>();
  for (const candidate of candidates) {
    const facts = ask(candidate);
    if (facts !== null) found.set(facts.version.join('.'), facts);
  }
  return found;
}

const FOUND = pythons();

// What a Python older than the table lacks, and nothing else may be missing from it.
const SINCE_313 = ['PythonFinalizationError', '_IncompleteInputError'];

test('there is a Python to compare with', () => {
  expect(FOUND.size).toBeGreaterThan(0);
});

test.each([...FOUND])('the table is that of Python %s', (_, facts) => {
  const older = facts.version[1] < 13 ? SINCE_313 : [];
  const table = Object.entries(BUILTIN_EXCEPTIONS).filter(([name]) => !older.includes(name));
  expect(Object.fromEntries(table)).toEqual(facts.bases);
  for (const [name, mro] of Object.entries(facts.mro)) expect(builtinMro(name)).toEqual(mro);
  expect(BUILTIN_ALIASES).toMatchObject(facts.aliases);
});

test.each([...FOUND])('instanceof answers as issubclass of Python %s', (_, facts) => {
  const names = Object.keys(facts.mro) as (keyof typeof BUILTIN_EXCEPTIONS)[];
  for (const name of names) {
    const error = new errors[name]('x');
    const classes = names.filter((other) => error instanceof errors[other]);
    expect([name, classes.sort()]).toEqual([name, [...(facts.mro[name] ?? [])].sort()]);
  }
});
