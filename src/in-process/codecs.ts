import type { Codec, CodecRegistration } from '../contract/codec.ts';
import { plainObject, show } from '../contract/fields.ts';
import { loadBinding } from '../native/load.ts';
import { type Encoder, encoderOf, setEncoders, type Turn } from './encoders.ts';
import { missing } from './js-operations.ts';
import { holdProxy, idOf, own } from './own.ts';

interface Decoder {
  /** A class of Python's as a proxy, or its qualified name. */
  readonly target: unknown;
  readonly toJS: (value: unknown) => unknown;
  readonly turn: Turn;
}

interface Registered {
  readonly decoder: Decoder | null;
  readonly jsClass: object | null;
  readonly encoder: Encoder | null;
}

/** Of this JS thread, oldest first. */
const codecs: Registered[] = [];
/** Newest first: the order in which they are asked. A rule's number is its place here. */
let decoders: readonly Decoder[] = [];

function change(): void {
  decoders = codecs.flatMap(({ decoder }) => (decoder === null ? [] : [decoder])).reverse();
  const encoders = new Map<object, Encoder>();
  for (const { jsClass, encoder } of codecs) {
    if (jsClass !== null && encoder !== null) encoders.set(jsClass, encoder);
  }
  setEncoders(encoders.size > 0 ? encoders : null);
  loadBinding().setCodecs(decoders.length > 0, encoders.size > 0);
}

// What the bridge itself needs as it is, and what crosses by value before any codec is asked.
const NEEDED = ['object', 'type', 'function', 'builtin_function_or_method', 'method', 'module'];
const BY_VALUE = ['NoneType', 'bool', 'int', 'float', 'str', 'bytes'];

function checkName(name: string): void {
  if (BY_VALUE.includes(name.replace(/^builtins\./, ''))) {
    throw new TypeError(
      `py.codec: ${name} crosses by value, before any codec; a codec may have a subclass of it`,
    );
  }
  if (NEEDED.includes(name.replace(/^builtins\./, ''))) {
    throw new TypeError(`py.codec: ${name} stays as it is; name the classes you mean`);
  }
}

function checkTarget(target: unknown): unknown {
  if (typeof target === 'string' && /^[^.\s]+(\.[^.\s]+)*$/.test(target)) {
    checkName(target);
    return target.includes('.') ? target : `builtins.${target}`;
  }
  if (idOf(target) === undefined) {
    throw new TypeError(
      "py.codec: pyType is a Python class or its name, such as 'decimal.Decimal'; got " +
        show(target),
    );
  }
  const name = loadBinding().call(own('codecs', 'name_of'), target);
  if (typeof name !== 'string') {
    throw new TypeError('py.codec: pyType is a Python class, not an object of one');
  }
  checkName(name);
  return holdProxy(target).proxy;
}

// What a literal is: whether a class was meant nobody could tell.
const LITERAL: ReadonlySet<unknown> = new Set([Object, Function, Array]);

function prototypeOf(jsClass: unknown): object {
  const prototype: unknown =
    typeof jsClass === 'function' ? Reflect.get(jsClass, 'prototype') : null;
  if (typeof prototype === 'object' && prototype !== null && idOf(jsClass) === undefined) {
    if (!LITERAL.has(jsClass)) return prototype;
    throw new TypeError('py.codec: jsClass is a class of its own, not Object, Array or Function');
  }
  throw new TypeError(`py.codec: jsClass is a class, got ${show(jsClass)}`);
}

const KEYS = ['pyType', 'toJS', 'jsClass', 'fromJS'];

function checkPairs(rule: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(rule).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(`py.codec: there is no ${unknown}; a codec has ${KEYS.join(', ')}`);
  }
  for (const key of ['toJS', 'fromJS']) {
    const value = rule[key];
    if (value !== undefined && (typeof value !== 'function' || idOf(value) !== undefined)) {
      throw new TypeError(`py.codec: ${key} is a function of JavaScript, got ${show(value)}`);
    }
  }
  const has = (key: string): boolean => rule[key] !== undefined;
  if (has('toJS') && !has('pyType')) throw new TypeError('py.codec: toJS needs a pyType');
  if (has('jsClass') !== has('fromJS')) {
    throw new TypeError('py.codec: jsClass and fromJS come together');
  }
  if (!has('toJS') && !has('fromJS')) {
    throw new TypeError('py.codec: a codec has { pyType, toJS }, { jsClass, fromJS } or both');
  }
}

function read(raw: unknown): Registered {
  const rule = plainObject(raw, 'py.codec(rule): rule');
  checkPairs(rule);
  // The functions are such, as checkPairs saw; the classes are looked at below.
  const { toJS, fromJS } = rule as Pick<Codec, 'fromJS' | 'toJS'>;
  const { pyType, jsClass } = rule as Readonly<Record<'jsClass' | 'pyType', unknown>>;
  const turn: Turn = { running: false };
  const target = pyType === undefined ? null : checkTarget(pyType);
  return {
    decoder: toJS === undefined ? null : { target, toJS, turn },
    jsClass: jsClass === undefined ? null : prototypeOf(jsClass),
    encoder: fromJS === undefined ? null : { fromJS, turn },
  };
}

/** `py.codec`: holds until it is disposed of, on this JS thread. */
export function codec(raw: unknown): CodecRegistration {
  const registered = read(raw);
  codecs.push(registered);
  change();
  const end = (): void => {
    const place = codecs.indexOf(registered);
    if (place < 0) return;
    codecs.splice(place, 1);
    change();
  };
  return Object.freeze({ $dispose: end, [Symbol.dispose]: end });
}

/** The number of the codec for a Python class; -1: it has none. Native code asks once a class. */
export function decoderOf(type: unknown): number {
  const targets = decoders.map(({ target }) => target);
  return loadBinding().call(own('codecs', 'find'), type, targets) as number;
}

function take<T, R>(turn: Turn, convert: (value: T) => R, value: T): R {
  turn.running = true;
  try {
    return convert(value);
  } finally {
    turn.running = false;
  }
}

/** What its codec makes of an object; undefined where it is left to the usual rules. */
export function decode(number: number, proxy: unknown): unknown {
  const decoder = decoders[number];
  if (decoder === undefined || decoder.turn.running) return undefined;
  return take(decoder.turn, decoder.toJS, proxy);
}

/** What goes to Python instead of an object; `missing` where that is the object itself. */
export function encode(value: object): unknown {
  const encoder = encoderOf(value);
  if (encoder === undefined) return missing;
  const made = take(encoder.turn, encoder.fromJS, value);
  return made === undefined || made === value ? missing : made;
}
