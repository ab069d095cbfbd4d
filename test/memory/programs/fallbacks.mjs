// Hostile program 7, beside 1 to 6 on the same build: with V8's symbols hidden, memory that is not
// ours is copied and counted, consent makes it zero-copy, and loops stay bounded.
import { copies, tensor } from 'snakepit';

import {
  check,
  codeOf,
  full,
  make,
  MB,
  py,
  report,
  rss,
  seesCollections,
  settle,
  size,
  stats,
  turn,
} from '../support/host.mjs';

check(!seesCollections, 'this build sees collections: it is not the one that hides the symbols');
const { sum, keep, read, drop } = py.exec(
  `
import numpy as np
kept = {}
def sum(x):
    return float(np.asarray(x).sum())
def keep(key, x):
    kept[key] = np.asarray(x)
def read(key, at):
    return float(kept[key].reshape(-1)[at])
def drop(key):
    del kept[key]
`,
  { out: ['sum', 'keep', 'read', 'drop'] },
);

// A foreign buffer: a copy, counted, or refused.
copies.reset();
const own = new Float32Array(25_000).fill(2);
check(sum(own) === 50_000, 'wrong data');
const { reasons, bytes } = copies();
check(reasons.foreign === 1 && bytes === 100_000, `a foreign buffer: ${JSON.stringify(copies())}`);
const refused = codeOf(() => py.toNumpy(own, { copy: 'forbid' }));
check(refused === 'ERR_COPY_REQUIRED', `a foreign buffer, copy forbidden: ${refused}`);
own[0] = 9;

// Consent: the buffer is taken over, both sides see what the other writes.
copies.reset();
const given = new Float32Array(25_000).fill(3);
const moved = tensor(given, [25_000], { move: true });
check(given.byteLength === 0, 'move: true left the buffer where it was');
keep('moved', py.toNumpy(moved, { copy: 'forbid' }));
moved.data[7] = 70;
check(read('moved', 7) === 70, 'tensor(…, { move: true }) was copied');
check(copies().count === 0, `move: ${JSON.stringify(copies())}`);
for (let i = 0; i < 300; i++) {
  const t = tensor(new Float32Array(250_000).fill(i), [250_000], { move: true });
  keep(`m${i}`, py.toNumpy(t));
}
await settle();
for (let i = 0; i < 300; i++) {
  check(read(`m${i}`, 249_999) === i, `memory ${i} that was taken over changed`);
  drop(`m${i}`);
}
drop('moved');

// A SharedArrayBuffer of the main thread cannot be detached: shared still.
copies.reset();
const shared = new Float32Array(new SharedArrayBuffer(400)).fill(1);
keep('shared', py.toNumpy(shared, { copy: 'forbid' }));
shared[3] = 33;
check(read('shared', 3) === 33, 'a SharedArrayBuffer was copied');
drop('shared');

// py.alloc is ours: zero-copy without any symbol of V8's.
const allocated = py.alloc('float32', [1000, 25]);
keep('alloc', py.toNumpy(allocated, { copy: 'forbid' }));
allocated.data[1] = 11;
check(sum(allocated) === 11 && read('alloc', 1) === 11, 'alloc() memory was copied');
drop('alloc');

// A loop without await: zero-copy up to the budget, then copies, counted as the engine's doing.
await settle();
copies.reset();
const before = rss();
let peak = 0;
for (let i = 0; i < size(1000, 3000); i++) {
  const { data } = py.fromNumpy(make(1_000_000, i));
  check(data[0] === i, 'a result arrived wrong');
  if (i % 20 === 0) peak = Math.max(peak, rss() - before);
}
const inLoop = copies();
check(inLoop.reasons.engine > 0, `no copy in a loop of gigabytes: ${JSON.stringify(inLoop)}`);
check(
  process.env['SNAKEPIT_SANITIZER'] !== undefined || peak < 900e6,
  `the loop grew by ${MB(peak)} MB`,
);

// With loop turns the windows close, and results are zero-copy again; with dispose() at once.
await settle(6);
check(stats().windowBytes < 64e6, `${MB(stats().windowBytes)} MB of windows are left open`);
copies.reset();
for (let i = 0; i < 300; i++) {
  const array = make(1_000_000, i);
  const t = py.fromNumpy(array);
  array.$dispose();
  t.$dispose();
}
check(copies().count === 0, `copies although each was disposed: ${JSON.stringify(copies())}`);
await turn();
report({ full, loopCopies: inLoop.reasons.engine, growthMB: MB(peak), ...stats() });
