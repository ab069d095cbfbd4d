import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { npmPackages } from '../../../src/helpers/dependencies.ts';
import { helperPacks } from '../../../src/helpers/helpers.ts';
import { errors } from '../../../src/errors/python-errors.ts';

let root: string;

function write(path: string, content: unknown = ''): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

/** An installed package, with a pack. */
function install(at: string, name: string, pack?: string, dependencies: object = {}): void {
  const snakepit = pack === undefined ? undefined : { helpers: 'py' };
  write(`${at}/package.json`, { name, dependencies, snakepit });
  if (pack !== undefined) write(`${at}/py/${pack}.py`);
}

const packs = (): ReturnType<typeof helperPacks> =>
  helperPacks(join(root, 'app'), join(root, 'built-in'));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'helpers-'));
  write('built-in/sympy.py');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

describe('helperPacks', () => {
  it('has what comes with snakepit, where the project has nothing', () => {
    expect(packs().names()).toEqual(['sympy']);
    expect(packs().file('sympy')).toBe(join(root, 'built-in/sympy.py'));
  });

  it('has the files of python/helpers but those with an underscore', () => {
    for (const name of ['b.py', 'a.py', '_c.py', '__init__.py', '.d.py', 'e.txt']) {
      write(`app/python/helpers/${name}`);
    }
    expect(packs().names()).toEqual(['a', 'b', 'sympy']);
  });

  it('lets a project replace what comes with snakepit', () => {
    write('app/python/helpers/sympy.py');
    expect(packs().file('sympy')).toBe(join(root, 'app/python/helpers/sympy.py'));
  });

  it('has those of npm packages that declare them, direct and further down', () => {
    write('app/package.json', { dependencies: { one: '*', '@a/two': '*', absent: '*' } });
    install('app/node_modules/one', 'one', 'first', { three: '*', one: '*' });
    install('app/node_modules/@a/two', '@a/two', 'second');
    install('app/node_modules/one/node_modules/three', 'three', 'third', { '@a/two': '*' });
    install('app/node_modules/stray', 'stray', 'stray');
    expect(packs().names()).toEqual(['first', 'second', 'sympy', 'third']);
  });

  it('follows links, and looks for packages where the project is inside of another', () => {
    write('package.json', { devDependencies: { linked: '*' } });
    install('store/linked', 'linked', 'first', { deep: '*' });
    install('store/node_modules/deep', 'deep', 'second');
    mkdirSync(join(root, 'node_modules'));
    symlinkSync(join(root, 'store/linked'), join(root, 'node_modules/linked'));
    mkdirSync(join(root, 'app'));
    expect(packs().names()).toEqual(['first', 'second', 'sympy']);
  });

  it('names both owners of one name', () => {
    write('app/package.json', { dependencies: { one: '*' } });
    install('app/node_modules/one', 'one', 'same');
    write('app/python/helpers/same.py');
    expect(packs().names()).toEqual(['same', 'sympy']);
    expect(() => packs().file('same')).toThrow(errors.ProjectError);
    expect(() => packs().file('same')).toThrow(/'same' .* of the project \(.*and of one \(.*/);
    expect(packs().file('sympy')).toContain('built-in');
  });

  it.each([
    [5, /"snakepit.helpers" in the package.json of one is 5 \(number\), not a folder's name/],
    ['../..', /leaves the package/],
    ['/etc', /leaves the package/],
    ['nowhere', /names .*nowhere, which is no folder/],
  ])('says what is wrong with a declaration of %j, and has the others', (helpers, message) => {
    write('app/package.json', { dependencies: { one: '*', two: '*' } });
    write('app/node_modules/one/package.json', { name: 'one', snakepit: { helpers } });
    install('app/node_modules/two', 'two', 'second');
    expect(packs().names()).toEqual(['second', 'sympy']);
    expect(() => packs().file('first')).toThrow(message);
    expect(() => packs().file('first')).toThrow(errors.AttributeError);
  });

  it('is not troubled by a package.json that is no JSON', () => {
    write('app/package.json', { dependencies: { one: '*' } });
    write('app/node_modules/one/package.json', '{');
    expect(packs().names()).toEqual(['sympy']);
  });
});

describe('npmPackages', () => {
  it('ends where packages need each other', () => {
    write('app/package.json', { name: 'app', dependencies: { one: '*' } });
    install('app/node_modules/one', 'one', undefined, { two: '*', app: '*' });
    install('app/node_modules/two', 'two', undefined, { one: '*' });
    symlinkSync(join(root, 'app'), join(root, 'app/node_modules/app'));
    expect(npmPackages(join(root, 'app')).map(({ name }) => name)).toEqual(['one', 'two']);
  });
});
