// Hostile program 1: a view alone is kept of each tensor, everything else is dropped, gigabytes of
// results pass in loops with and without await; what the views show never changes.
import {
  bytesOf,
  check,
  hash,
  make,
  MB,
  pass,
  py,
  report,
  rss,
  settle,
  size,
} from '../support/host.mjs';

const COUNTS = [25_000, 1_000_000, 75_000, 10_000]; // 100 kB, 4 MB, 300 kB; 40 kB: outside the arena
const TENSORS = 180;

const keep = [
  (t) => t.data.subarray(1),
  (t) => Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength),
  (t) => new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength),
  (t) => new DataView(t.data.buffer, t.data.byteOffset, t.data.byteLength),
  (t) => bytesOf(t.data).subarray(-4096),
];

const kept = [];
for (let i = 0; i < TENSORS; i++) {
  const array = make(COUNTS[i % COUNTS.length], i * 7919);
  // $view shows the same memory as fromNumpy, without a Tensor.
  const view = i % 11 === 0 ? array.$view() : keep[i % keep.length](py.fromNumpy(array));
  kept.push({ i, view, hash: hash(view) });
}
await settle();
const before = rss();

const compare = (when) => {
  for (const { i, view, hash: first } of kept) {
    check(hash(view) === first, `${when}: view ${i} of ${view.byteLength} bytes changed`);
  }
};
const total = size(3e9, 10e9);
let peak = 0;
for (let quarter = 1; quarter <= 4; quarter++) {
  await pass(total / 4, { sync: quarter % 2 === 1 });
  compare(`after ${MB((total / 4) * quarter)} MB`);
  peak = Math.max(peak, rss() - before);
}
// Half of them go: their memory is used again, beside what stays.
for (let i = 0; i < kept.length; i++) kept.splice(i, 1);
await settle();
await pass(total / 8);
compare('after half of the views were dropped');
report({ views: TENSORS, passedMB: MB(total), growthMB: MB(peak), changed: 0 });
