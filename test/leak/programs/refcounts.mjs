// An object that crossed a thousand times, in every way there is, has the references it had before.
// One line of JSON: what each way left behind.
import { setImmediate } from 'node:timers/promises';

import { kw } from 'snakepit';

import { builtins, py } from '../support/loop.mjs';

const TIMES = 1000;
const sys = py.import('sys');
const np = py.import('numpy');
const own = py.exec(
  `
class Thing:
    def method(self, *args, **keywords):
        return self

def same(*args, **keywords):
    return args[0] if args else keywords["x"]

def fail(x):
    raise ValueError(x)

error = KeyError("kept")

def raise_error():
    raise error.with_traceback(None)

def generate(x):
    while True:
        yield x

thing = Thing()
holder = Thing()
holder.thing = thing
table = {"x": thing, 1: thing}
pair = [thing, thing]
`,
  {
    out: ['thing', 'holder', 'table', 'pair', 'same', 'fail', 'generate', 'error', 'raise_error'],
  },
);
const { thing, holder, table, pair, same } = own;
const array = np.arange(10.5);
const data = new Float64Array(100);
const shared = py.toNumpy(data);

function caught(fn) {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Each way, and the object whose references it must leave alone. */
const ways = {
  argument: [thing, () => same(thing)],
  keyword: [thing, () => same(kw({ x: thing }))],
  'inside data': [thing, () => builtins.len([thing, { a: thing }, new Map([[1, thing]])])],
  'bound method': [thing, () => thing.method(thing, kw({ y: thing }))],
  attribute: [thing, () => holder.thing],
  'attribute set': [
    thing,
    () => {
      holder.thing = thing;
    },
  ],
  'attribute deleted': [
    thing,
    () => {
      holder.other = thing;
      delete holder.other;
    },
  ],
  item: [thing, () => [table.$at('x'), table.$at(1), pair[0], pair[-1], pair.$at(1)]],
  'item set': [
    thing,
    () => {
      pair[0] = thing;
      table.$put('y', thing);
      table.$del('y');
    },
  ],
  iteration: [
    thing,
    () => {
      for (const one of pair) void one;
    },
  ],
  'iteration broken off': [
    thing,
    () => {
      for (const one of own.generate(thing)) {
        void one;
        break;
      }
    },
  ],
  '$toJS as proxies': [thing, () => pair.$toJS({ fallback: 'proxy' })],
  '$toJS refused': [thing, () => caught(() => pair.$toJS())],
  'raised in an argument': [thing, () => caught(() => own.fail(thing))],
  'an exception raised again': [own.error, () => caught(() => own.raise_error())],
  scope: [thing, () => py.scope(() => py.tuple(thing, thing).count(thing))],
  exec: [thing, () => py.exec('y = x', { in: { x: thing }, out: ['y'] })],
  questions: [thing, () => [py.is(thing, thing), py.equal(thing, 1), py.bool(thing)]],
  'array taken out': [array, () => py.fromNumpy(array)],
  'array viewed': [array, () => array.$view()],
  'array taken out as a slice': [array, () => py.fromNumpy(array.$at('2:5'))],
  'array copied': [array, () => [array.$toJS(), py.fromNumpy(array, { copy: 'allow' }).toOwned()]],
  'array as argument': [shared, () => np.sum(shared)],
  'memory handed over': [shared, () => [py.toNumpy(data), builtins.len(data)]],
  'the type': [builtins.list, () => builtins.list([1]).$dispose()],
  None: [null, () => same(null)],
  'a string': ['kept', () => same('kept')],
};

async function settle() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await setImmediate();
    builtins.len('');
  }
  py.import('gc').collect();
}

const results = {};
for (const [name, [object, way]] of Object.entries(ways)) {
  for (let i = 0; i < 20; i++) way();
  await settle();
  const before = sys.getrefcount(object);
  for (let i = 0; i < TIMES; i++) way();
  await settle();
  results[name] = sys.getrefcount(object) - before;
}
console.log(JSON.stringify(results));
