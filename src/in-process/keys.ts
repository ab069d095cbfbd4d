import { CAPABILITIES } from './capabilities.ts';

// What JavaScript itself asks every object for: promises, test runners, frameworks, inspectors.
// Python's attribute of that name if there is one, otherwise undefined rather than an error.
const PROBES: ReadonlySet<string> = new Set([
  ...['asymmetricMatch', 'nodeType', 'tagName', 'hasAttribute', 'inspect', 'toStringTag'],
  ...[
    '__esModule',
    'default',
    'calledOnce',
    'callCount',
    'mock',
    'isMockFunction',
    '_isMockFunction',
  ],
  ...['valueOf', 'toString', 'prototype', 'length', 'name', 'caller', 'arguments', 'displayName'],
  ...['getMockName', 'isImmutable', 'withImplementation', 'then', 'catch', 'finally'],
]);

const DIGITS = /^-?\d+$/;

/** The number of a digit key; null for every other key. */
export function indexOf(key: string, flags: number): number | null {
  // Letters come after the digits: most keys are answered by one comparison.
  if ((flags & CAPABILITIES.sequence) === 0 || key.charCodeAt(0) > 57) return null;
  return DIGITS.test(key) ? Number(key) : null;
}

/** An index on sequences, a name like any other elsewhere. */
export function isDigits(key: string): boolean {
  return DIGITS.test(key);
}

export function isProbe(key: string): boolean {
  return PROBES.has(key) || key.startsWith('@@') || key.startsWith('$$') || key.startsWith('_is');
}
