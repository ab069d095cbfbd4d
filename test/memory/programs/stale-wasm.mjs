// Hostile program 9: WebAssembly memory grows while Python holds it. In place: it stays shared and
// nothing is said. To another place: Python keeps the old bytes, and whoever listens is told once.
// Runs with --disable-wasm-trap-handler, so that V8 makes do with little address space.
import { readFileSync } from 'node:fs';

import { tensor } from 'snakepit';

import { loadBinding } from '../../../dist/native/load.js';
import {
  bytesOf,
  check,
  codeOf,
  pattern,
  py,
  report,
  seesCollections,
  turn,
} from '../support/host.mjs';

const BYTES = 16 << 16;
const MOST = 65_536;
const warnings = [];
process.on('warning', (warning) => void warnings.push(warning.code));
const told = () => warnings.filter((code) => code === 'SNAKEPIT_STALE_WASM').length;
const address = (memory) => loadBinding().addressOf(new Uint8Array(memory.buffer));

const { keep, drop, at, put, total } = py.exec(
  `
import numpy as np
kept = {}
def keep(name, x):
    kept[name] = np.asarray(x)
def drop(name):
    del kept[name]
def at(name, i):
    return int(kept[name][i])
def put(name, i, v):
    kept[name][i] = v
def total(name):
    return int(kept[name].sum(dtype=np.uint64))
`,
  { out: ['keep', 'drop', 'at', 'put', 'total'] },
);
const sum = (bytes) => bytes.reduce((all, byte) => all + byte, 0);

/** A memory that Python holds; grows by `pages`. */
function grow(name, maximum, pages, meanwhile = () => {}) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum });
  bytesOf(new Uint8Array(memory.buffer)).set(pattern(BYTES, 3));
  keep(name, new Uint8Array(memory.buffer));
  meanwhile(memory);
  const before = address(memory);
  memory.grow(pages);
  return { memory, moved: address(memory) !== before };
}

const near = grow('near', 4096, 100);
check(!near.moved, 'memory with room behind it moved');
put('near', 5, 77);
check(new Uint8Array(near.memory.buffer)[5] === 77, 'memory that grew in place is not shared');
await turn();
check(told() === 0, 'memory that grew in place was reported');
near.memory.grow(0);
at('near', 0);
await turn();
check(told() === 0, 'a second growth in place was reported');

// So little address space that no memory gets room to grow in.
const resource = py.import('resource');
const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
const [, hard] = resource.getrlimit(resource.RLIMIT_AS).$toJS();
const limit = py.tuple(pages * 4096 + 800_000_000, hard);
resource.setrlimit(resource.RLIMIT_AS, limit);

let old;
const far = grow('far', MOST, 1000, (memory) => {
  old = tensor(memory.buffer, [BYTES], { dtype: 'uint8' });
  keep('again', old);
});
check(far.moved, 'memory without room grew in place: this program proves nothing');
check(total('far') === sum(pattern(BYTES, 3)), 'Python lost the bytes of memory that moved');
await turn();
const expected = seesCollections ? 1 : 0; // otherwise Python had a copy, which is no news
check(told() === expected, `memory that moved was reported ${told()} times`);
at('far', 0);
await turn();
check(told() === expected, 'reported again');
check(codeOf(() => py.toNumpy(old)) === 'ERR_CONVERSION', 'a stale tensor went to Python');
old = null;

// The detached buffer is collected before anybody enters Python.
const lost = grow('lost', MOST, 1000);
check(lost.moved, 'the second memory grew in place');
globalThis.gc();
globalThis.gc();
at('lost', 0);
await turn();
check(told() === 2 * expected, `after a collection: reported ${told()} times`);

// Python let go before.
const gone = grow('gone', MOST, 1000, () => drop('gone'));
check(gone.moved, 'the third memory grew in place');
at('lost', 0);
await turn();
check(told() === 2 * expected, 'memory that Python dropped was reported');
report({ told: told() });
