// What memory does on its way across, by dtype and layout, in both directions (size-exempt: one
// table). The proof that
// nothing was copied is the address that both sides see, and a write of each that the other reads.
import { expect } from 'vitest';

import type { PythonMemory } from '../../src/contract/python.ts';
import {
  arrayClassOf,
  type Dtype,
  DTYPES,
  parseDtype,
  type Tensor,
} from '../../src/contract/tensor.ts';
import { copies } from '../../src/tensor/copies.ts';
import { tensor } from '../../src/tensor/make.ts';

/** What a placement offers to the table. */
export interface TensorFace extends Pick<PythonMemory, 'alloc' | 'toNumpy' | 'fromNumpy'> {
  import(name: string): any;
  exec(code: string, options: { out: string[] }): Record<string, any>;
}

export interface TensorRow {
  readonly name: string;
  run(face: TensorFace): void | Promise<void>;
}

const HELPERS = `
import numpy as np
def start(dtype):
    raw = np.dtype(dtype)
    a = np.arange(24) % 2 if raw.kind == 'b' else np.arange(24)
    a = a.astype('int64').view(raw) if raw.kind in 'mM' else a.astype(raw)
    return a * 2j + a if raw.kind == 'c' else a
LAYOUTS = {
    'contiguous': lambda a: a.copy(),
    'two dimensions': lambda a: a.reshape(4, 6).copy(),
    'every other element': lambda a: a.copy()[::2],
    'backwards': lambda a: a.copy()[::-1],
    'columns of rows, backwards': lambda a: a.reshape(4, 6).copy()[::-1, 1::2],
    'Fortran order': lambda a: np.asfortranarray(a.reshape(4, 6)),
    'from the third element on': lambda a: a.copy()[3:],
    'without dimensions': lambda a: a[5].reshape(()).copy() if a[5].ndim else np.array(a[5]),
    'empty': lambda a: a[:0].reshape(0, 3).copy(),
    'an axis of length 1': lambda a: a.reshape(1, 24, 1).copy(),
    'large': lambda a: np.tile(a, 4096),
}
def layout(dtype, name):
    return LAYOUTS[name](start(dtype))
def address(x):
    return x.__array_interface__['data'][0]
def strides(x):
    return [step // x.itemsize for step in x.strides]
def shape(x):
    return list(x.shape)
def raw(x):
    return np.ascontiguousarray(x).tobytes()
def poke(x):
    x[(0,) * x.ndim] = x[(-1,) * x.ndim]
def locked(dtype):
    a = start(dtype)
    a.setflags(write=False)
    return a
def misaligned():
    return np.zeros(33, 'u1')[1:].view('f4')
def special(dtype):
    return np.zeros(3, dtype)
def flags(x):
    return [x.flags.writeable, x.flags.c_contiguous, x.flags.owndata]
`;

const NAMES = [
  'start layout address strides shape raw poke locked misaligned special flags',
].flatMap((names) => names.split(' '));

const helpers = (face: TensorFace): Record<string, any> => face.exec(HELPERS, { out: NAMES });

const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Elements in order, as bytes: what `raw` answers for the same array. */
const inOrder = (t: Tensor): string => Buffer.from(bytesOf(t.toOwned().data)).toString('hex');
const hex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('hex');

/** The bytes of the first element. */
function firstElement(t: Tensor): Uint8Array {
  const { itemsize } = parseDtype(t.dtype)!;
  return new Uint8Array(t.data.buffer, t.byteOffset, itemsize);
}

const elements = (t: Tensor): number => t.shape.reduce((product, size) => product * size, 1);

function same(h: Record<string, any>, x: any, t: Tensor): void {
  expect(t.shape).toEqual(h['shape'](x).$toJS());
  if (elements(t) > 0) {
    expect(t.address).toBe(BigInt(h['address'](x)));
    // NumPy's strides over an axis of one element say nothing.
    const strides = h['strides'](x).$toJS();
    t.shape.forEach((size, axis) => {
      if (size > 1) expect(t.strides[axis]).toBe(strides[axis]);
    });
  }
  expect(inOrder(t)).toBe(hex(h['raw'](x)));
}

function writesSeen(h: Record<string, any>, x: any, t: Tensor): void {
  if (elements(t) === 0) return;
  h['poke'](x);
  expect(inOrder(t), 'what Python wrote').toBe(hex(h['raw'](x)));
  const first = firstElement(t);
  first[0] = (first[0] as number) ^ 1;
  expect(inOrder(t), 'what JavaScript wrote').toBe(hex(h['raw'](x)));
}

const OUT_LAYOUTS = [
  'contiguous',
  'two dimensions',
  'every other element',
  'backwards',
  'columns of rows, backwards',
  'Fortran order',
  'from the third element on',
  'without dimensions',
  'empty',
  'an axis of length 1',
  'large',
];

/** All rows of the table in design.md, times with the units that need a text of their own. */
const SHARED: readonly Dtype[] = [
  ...Object.keys(DTYPES).filter((name) => !/64$|bfloat/.test(name) || /^(int|u|f|c)/.test(name)),
  'datetime64[ns]',
  'datetime64[D]',
  'timedelta64[25s]',
] as Dtype[];

const out: readonly TensorRow[] = SHARED.map((dtype) => ({
  name: `take-out of ${dtype}`,
  run(face) {
    const h = helpers(face);
    copies.reset();
    for (const name of OUT_LAYOUTS) {
      const x = h['layout'](dtype, name);
      const t = face.fromNumpy(x, { copy: 'forbid' });
      expect(t.dtype, name).toBe(dtype);
      expect(t.data.constructor, name).toBe(arrayClassOf(dtype));
      expect(t.readonly, name).toBe(false);
      same(h, x, t);
      writesSeen(h, x, t);
    }
    expect(copies().count).toBe(0);
  },
}));

interface Sample {
  readonly name: string;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  /** In elements. */
  readonly offset?: number;
}

const SAMPLES: readonly Sample[] = [
  { name: 'contiguous', shape: [24] },
  { name: 'two dimensions', shape: [4, 6] },
  { name: 'every other element', shape: [12], strides: [2] },
  { name: 'backwards', shape: [24], strides: [-1], offset: 23 },
  { name: 'Fortran order', shape: [4, 6], strides: [1, 4] },
  { name: 'from the third element on', shape: [3, 7], offset: 3 },
  { name: 'one row again and again', shape: [3, 24], strides: [0, 1] },
  { name: 'an axis of length 1', shape: [1, 24, 1] },
];

const into: readonly TensorRow[] = SHARED.map((dtype) => ({
  name: `hand-over of ${dtype}`,
  run(face) {
    const h = helpers(face);
    const { itemsize } = parseDtype(dtype)!;
    copies.reset();
    for (const { name, shape, strides, offset = 0 } of SAMPLES) {
      for (const shared of [false, true]) {
        const buffer = shared
          ? new SharedArrayBuffer(24 * itemsize)
          : new ArrayBuffer(24 * itemsize);
        new Uint8Array(buffer).set(Uint8Array.from({ length: 24 * itemsize }, (_, i) => i & 1));
        const t = tensor(buffer, shape, {
          dtype,
          strides,
          byteOffset: offset * itemsize,
        });
        const x = face.toNumpy(t, { copy: 'forbid' });
        expect(String(x.dtype), name).toBe(dtype);
        same(h, x, t);
        if (name !== 'one row again and again') writesSeen(h, x, t);
        expect(h['flags'](x)[0], name).toBe(true);
      }
    }
    for (const shape of [[], [0, 3]]) {
      const t = tensor(new ArrayBuffer(shape.length === 0 ? itemsize : 0), shape, { dtype });
      same(h, face.toNumpy(t, { copy: 'forbid' }), t);
    }
    const t = face.alloc(dtype, [5, 5]);
    const x = face.toNumpy(t, { copy: 'forbid' });
    expect(String(x.dtype)).toBe(dtype);
    same(h, x, t);
    writesSeen(h, x, t);
    same(h, face.toNumpy(face.fromNumpy(x)), t);
    expect(copies().count).toBe(0);
  },
}));

/** `code` and `details` of what `run` throws. */
function thrown(run: () => unknown): Record<string, unknown> {
  try {
    run();
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('nothing was thrown');
}

const refused: readonly TensorRow[] = [
  ['object', 'object'],
  ['<U5', '<U5'],
  ['S3', '|S3'],
  ['V4', '|V4'],
  ['>f4', '>f4'],
  ['>i8', '>i8'],
  ['longdouble', 'float128'],
  ['clongdouble', 'complex256'],
].map(([dtype, name]) => ({
  name: `take-out of ${String(dtype)} is refused by name`,
  run(face: TensorFace) {
    const x = helpers(face)['special'](dtype);
    const error = thrown(() => face.fromNumpy(x));
    expect(error).toMatchObject({ code: 'ERR_DTYPE' });
    expect(error['message']).toContain(name);
    expect(thrown(() => x.$view())).toMatchObject({ code: 'ERR_DTYPE' });
  },
}));

const copied: readonly TensorRow[] = [
  {
    name: 'read-only memory is copied and counted, or refused',
    run(face) {
      const h = helpers(face);
      const x = h['locked']('float32');
      copies.reset();
      const t = face.fromNumpy(x);
      expect(copies()).toMatchObject({ count: 1, bytes: 96, reasons: { 'read-only': 1 } });
      expect(t.address).not.toBe(BigInt(h['address'](x)));
      expect(inOrder(t)).toBe(hex(h['raw'](x)));
      t.data[0] = 9;
      expect(inOrder(t)).not.toBe(hex(h['raw'](x)));
      expect(thrown(() => face.fromNumpy(x, { copy: 'forbid' }))).toMatchObject({
        code: 'ERR_COPY_REQUIRED',
        reason: 'read-only',
      });
    },
  },
  {
    name: 'misaligned elements are copied and counted as strides, or refused',
    run(face) {
      const x = helpers(face)['misaligned']();
      copies.reset();
      expect(face.fromNumpy(x).shape).toEqual([8]);
      expect(copies()).toMatchObject({ count: 1, bytes: 32, reasons: { strides: 1 } });
      expect(thrown(() => face.fromNumpy(x, { copy: 'forbid' }))).toMatchObject({
        code: 'ERR_COPY_REQUIRED',
        reason: 'strides',
      });
    },
  },
  {
    name: '$view shares what is contiguous, copies what has gaps',
    run(face) {
      const h = helpers(face);
      copies.reset();
      const x = h['layout']('int32', 'two dimensions');
      const view = x.$view({ copy: 'forbid' });
      view[0] = 77;
      expect(x.item(0)).toBe(77);
      expect(copies().count).toBe(0);
      const y = h['layout']('int32', 'Fortran order');
      expect(hex(bytesOf(y.$view()))).toBe(hex(h['raw'](y)));
      expect(copies()).toMatchObject({ count: 1, bytes: 96, reasons: { strides: 1 } });
      expect(thrown(() => y.$view({ copy: 'forbid' }))).toMatchObject({ reason: 'strides' });
    },
  },
  {
    name: 'a resizable buffer is copied and counted, or refused',
    run(face) {
      const Resizable = ArrayBuffer as new (n: number, o: { maxByteLength: number }) => ArrayBuffer;
      const data = new Float32Array(new Resizable(64, { maxByteLength: 128 }));
      copies.reset();
      expect(face.toNumpy(data).sum()).toBe(0);
      expect(copies()).toMatchObject({ count: 1, bytes: 64, reasons: { resizable: 1 } });
      expect(thrown(() => face.toNumpy(data, { copy: 'forbid' }))).toMatchObject({
        code: 'ERR_COPY_REQUIRED',
        reason: 'resizable',
      });
    },
  },
  {
    name: 'what is no array, is detached or disposed, is an error that says so',
    run(face) {
      const np = face.import('numpy');
      expect(thrown(() => face.fromNumpy({}))).toMatchObject({ code: 'ERR_CONVERSION' });
      expect(thrown(() => face.fromNumpy(face.import('math')))).toMatchObject({
        code: 'ERR_CONVERSION',
      });
      const gone = new Float32Array(4);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      expect(thrown(() => face.toNumpy(gone))).toMatchObject({ code: 'ERR_CONVERSION' });
      const t = face.fromNumpy(np.ones(100_000));
      t.$dispose();
      expect(thrown(() => face.toNumpy(t))).toMatchObject({ code: 'ERR_DISPOSED' });
      expect(thrown(() => face.fromNumpy(np.ma.masked_array([1, 2], [0, 1])))).toMatchObject({
        code: 'ERR_CONVERSION',
      });
    },
  },
];

export const tensorTable: readonly TensorRow[] = [...out, ...into, ...refused, ...copied];
