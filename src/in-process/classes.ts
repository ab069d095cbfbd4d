import { plainObject, show } from '../contract/fields.ts';
import { loadBinding } from '../native/load.ts';
import { idOf, own } from './own.ts';

type Self = (self: unknown, ...args: unknown[]) => unknown;

/** Python passes the object first; in JavaScript it is `this`. */
function withThis(member: unknown): Self | null {
  if (typeof member !== 'function') return null;
  return (self, ...args) => Reflect.apply(member, self, args) as unknown;
}

function nameIn(members: Readonly<Record<string, unknown>>): string | null {
  const name = members['__name__'];
  if (name === undefined || (typeof name === 'string' && name !== '')) return name ?? null;
  throw new TypeError(`py.class(): __name__ is the class's name, a text; got ${show(name)}`);
}

/**
 * `py.class`: a Python class with methods written in JavaScript. A method's `this` is the object;
 * getters and setters are properties; all else, Python's functions included, are class attributes.
 */
export function makeClass(base: unknown, raw: unknown): unknown {
  const members = plainObject(raw, 'py.class(base, members): members');
  const name = nameIn(members);
  const methods: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  const values: Record<string, unknown> = {};
  const described = Object.entries(Object.getOwnPropertyDescriptors(members));
  for (const [key, member] of described.filter(([own]) => own !== '__name__')) {
    const value: unknown = member.value;
    const pair = ['get', 'set'].map((part) => withThis(Reflect.get(member, part)));
    if (pair.some((one) => one !== null)) properties[key] = pair;
    else if (idOf(value) === undefined && withThis(value) !== null) methods[key] = withThis(value);
    else values[key] = value;
  }
  const bases: readonly unknown[] = Array.isArray(base) ? base : base == null ? [] : [base];
  const build = own('classes', 'build');
  return loadBinding().call(build, name, bases, methods, properties, values);
}
