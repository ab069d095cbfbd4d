import { execFileSync } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import {
  excludesFrom,
  lowestMinor,
  parseSpecifier,
  satisfies,
} from '../../../src/provision/specifier.ts';

const SPECIFIERS = [
  '>=3.11',
  '>=3.11,<3.14',
  '>3.11',
  '>3.11.7',
  '<=3.12',
  '<3.12',
  '==3.12',
  '==3.12.*',
  '!=3.12.*',
  '!=3.12.1',
  '~=3.11',
  '~=3.12.1',
  '>=3.11, !=3.12.1, <4',
  '>=3',
  '',
];
const VERSIONS = ['3.9.18', '3.10.13', '3.11.0', '3.11.7', '3.12.0', '3.12.1', '3.13.0', '4.0.0'];

describe('satisfies', () => {
  test('agrees with packaging, which is what pip and uv go by', () => {
    const program = `
import json, sys
from pip._vendor.packaging.specifiers import SpecifierSet
specifiers, versions = json.load(sys.stdin)
print(json.dumps([[v in SpecifierSet(s) for v in versions] for s in specifiers]))`;
    const input = JSON.stringify([SPECIFIERS, VERSIONS]);
    const theirs: unknown = JSON.parse(
      execFileSync('python3', ['-c', program], { input }).toString(),
    );
    const ours = SPECIFIERS.map((text) => VERSIONS.map((version) => satisfies(version, text)));
    expect(ours).toEqual(theirs);
  });
});

describe('parseSpecifier', () => {
  test.each(['3.11', 'python3', '>=3.x', '>= ', '>=3.11;<4', '>=3.11.*', '~=3'])(
    'refuses %j',
    (text) => {
      expect(parseSpecifier(text)).toBeUndefined();
    },
  );
});

describe('lowestMinor', () => {
  test.each([
    ['>=3.11', '3.11'],
    ['>=3.9', '3.11'],
    ['>=3.12.4,<4', '3.12'],
    ['==3.13.*', '3.13'],
    ['~=3.12', '3.12'],
    ['<4', '3.11'],
  ])('of %s is %s', (text, lowest) => {
    expect(lowestMinor(text)).toBe(lowest);
  });
});

describe('excludesFrom 3.11', () => {
  test.each(['<3.11', '<=3.10', '==3.10.*', '~=3.10.2', '>3.9,<3.11', '>=3.11,<3.12,!=3.11.*'])(
    '%s leaves none',
    (text) => {
      expect(excludesFrom(text, '3.11')).toBe(true);
    },
  );
  test.each([
    '',
    '>=3.8',
    '>=3.11',
    '~=3.10',
    '<3.11.1',
    '!=3.11.*',
    '>3.11,<3.12',
    '==3.13',
    '>=4',
  ])('%j leaves some', (text) => {
    expect(excludesFrom(text, '3.11')).toBe(false);
  });
});
