// The loops, by name: `node --expose-gc loops.mjs <name>:<count> …`. What a round makes it drops.
import { tableFromArrays } from 'apache-arrow';
import { errors, kw, tensor } from 'snakepit';

import { builtins, measure, py } from '../support/loop.mjs';

const np = py.import('numpy');
const math = py.import('math');
/** A new one each time: imported by the loops that ask for it alone. */
const arrowTable = () => py`__import__('pyarrow').table({'n': range(100), 't': ['word'] * 100})`;
class Pair {
  constructor(a, b) {
    Object.assign(this, { a, b });
  }
}
const own = py.exec(
  `
import numpy

class Thing:
    def __init__(self):
        self.value = 1
        self.inner = [1, 2]

thing = Thing()
table = {}
leaked = []
open_generators = 0

def text(a, *, suffix=""):
    return a + suffix

def mismatch(i):
    left, right = numpy.ones(3), numpy.ones(4)
    return left @ right

def fail(i):
    local = [i] * 10
    try:
        {}[i]
    except KeyError as error:
        raise ValueError("round", i, local) from error

def group(i):
    raise ExceptionGroup("several", [ValueError(i), TypeError("x")])

def raise_again(error):
    raise error

def numbers():
    global open_generators
    open_generators += 1
    try:
        yield from range(10)
    finally:
        open_generators -= 1

def left_open():
    return open_generators

def apply(f, *args):
    return f(*args)

def swallow(f):
    try:
        f()
    except Exception as error:
        return str(error)

def leak(i):
    leaked.append(object())

def nested(i):
    return {"list": [i, "ü" * 20, None, 2**70], "set": {1, 2}, "tuple": (1.5, True, b"bytes")}
`,
  {
    out: [
      'thing',
      'table',
      'text',
      'fail',
      'mismatch',
      'group',
      'raise_again',
      'numbers',
      'left_open',
      'nested',
      'leak',
      'apply',
      'swallow',
    ],
  },
);
const { thing } = own;

const double = (x) => x * 2;
class Live {
  constructor(value) {
    this.value = value;
  }
}

function caught(fn) {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** A value that only one round has: an interned name is kept on purpose, a number is not. */
const bytes = (i) => Uint8Array.of(i & 255, 2, 3);
const small = np.arange(100);
const large = np.zeros([200, 200]);
const kept = new Float64Array(1000);
const held = [];
const proxies = [];
const exported = [];

const loops = {
  calls: (i) => math.sqrt(i),
  keywords: (i) => own.text(`ä${i}`, kw({ suffix: '…' })),
  proxies: () => builtins.object(),
  disposed: () => builtins.list().$dispose(),
  scopes: () =>
    py.scope(() => {
      builtins.list([builtins.object()]);
    }),
  errors(i) {
    const error = caught(() => own.fail(i));
    if (i % 10 === 0) void [error.frames, error.stack, error.args, error.cause.frames];
  },
  contexts(i) {
    const error = caught(() => own.mismatch(i));
    const direct = caught(() => np.dot(large, small));
    if (i % 10 === 0) void [error.context.shape_a, direct.context];
    own.swallow(() => own.mismatch(i));
  },
  groups: (i) => void caught(() => own.group(i)).errors[0].message,
  rethrown: (i) => caught(() => own.raise_again(caught(() => own.fail(i)))),
  thrownOn: (i) => caught(() => own.apply(() => own.apply(() => own.fail(i)))),
  madeHere(i) {
    const error = new errors.IndexError(`row ${i}`, { cause: new Error('why') });
    const fail = () => {
      throw error;
    };
    caught(() => own.apply(fail));
    own.swallow(fail);
  },
  codecs(i) {
    const codec = py.codec({
      pyType: 'complex',
      toJS: (z) => new Pair(z.real, z.imag),
      jsClass: Pair,
      fromJS: ({ a, b }) => builtins.complex(a, b),
    });
    void [builtins.complex(i, 1), builtins.list([new Pair(i, 2)]).$toJS()];
    codec.$dispose();
  },
  refusals: (i) => caught(() => builtins.len(i % 2 ? Symbol('x') : [1, { deep: Symbol('y') }])),
  attributes(i) {
    thing.value = i;
    void [thing.value, thing.inner, 'value' in thing, 'nothing' in thing];
    caught(() => thing.valeu);
    py.setattr(thing, 'other', i);
    delete thing.other;
  },
  items(i) {
    thing.inner[0] = i;
    void [thing.inner[0], thing.inner[99], thing.inner.$at(1)];
    own.table.$put(i % 7, i);
    own.table.$del(i % 7);
    caught(() => own.table.$at('nothing'));
  },
  callbacks: (i) => own.apply((x, y) => [x, y, i], i, `ü${i}`),
  callbacksAgain: (i) => own.apply(double, i),
  callbackErrors(i) {
    const error = new Error(`round ${i}`);
    const fail = () => {
      throw error;
    };
    if (caught(() => own.apply(fail)) !== error) throw new Error('another error came out');
    own.swallow(fail);
    caught(() => own.apply(() => own.fail(i)));
  },
  callbackArrays: (i) => own.apply((x) => x, new Float64Array(50).fill(i)),
  liveObjects: (i) => own.apply(py.getattr(builtins, 'getattr'), new Live(i), 'value'),
  methods: () => thing.inner.copy().extend([1, 2]),
  brokenOff() {
    for (const value of own.numbers()) if (value === 3) break;
    if (own.left_open() !== 0) throw new Error('a generator stayed open');
  },
  iterations() {
    for (const value of thing.inner) void value;
  },
  conversions: (i) => own.nested(i).$toJS(),
  arguments(i) {
    builtins.repr([i, `ü${i}`, { a: [null, 2n ** 70n] }, new Map([[i, 1.5]]), new Set(['x'])]);
    builtins.len(bytes(i));
  },
  arraysIn: (i) => py.toNumpy(new Float64Array(100).fill(i)),
  arraysInKept: () => np.sum(kept),
  tensorsIn: () => py.toNumpy(tensor(kept, [10, 100])),
  arraysOut: (i) => py.fromNumpy(np.full(50, i)),
  arraysOutAgain: () => [py.fromNumpy(small), py.fromNumpy(large)],
  arraysOutLarge: () => py.fromNumpy(np.empty(20_000)),
  arraysBack: (i) => py.fromNumpy(py.toNumpy(new Float64Array(20).fill(i))),
  views: () => small.$view(),
  tablesOut: (i) => py.toArrow(tableFromArrays({ n: new Int32Array(100).fill(i), x: kept })),
  tablesIn: (i) =>
    py
      .fromArrow(arrowTable())
      .getChild('t')
      .get(i % 100),
  allocs: (i) => py.alloc('float32', [i % 3 === 0 ? 30_000 : 300]),
  allocsDisposed: () => py.alloc('uint8', [100_000]).$dispose(),
  // The controls: each leaks on one side, and its test fails unless that is seen.
  leakInPython: (i) => own.leak(i),
  leakInJavaScript: () => held.push(new Array(20).fill(0.5)),
  leakOfProxies: () => proxies.push(builtins.object()),
  leakOfArrays: () => exported.push(py.fromNumpy(np.empty(20_000))),
  executions: (i) => py.exec('y = x + 1', { in: { x: i }, out: ['y'] }),
};

for (const argument of process.argv.slice(2)) {
  const [name, count] = argument.split(':');
  if (!Object.hasOwn(loops, name)) throw new Error(`no loop is called ${name}`);
  await measure(name, Number(count), loops[name]);
}
