// Argument 1: how many calls of py.async are on their way at once. A third of them are coroutines, and
// three of ten are cancelled, at any time. Each settles once, with its own result or its own reason.
import { open } from 'snakepit';

const face = open({ project: process.env.SNAKEPIT_TEST_PROJECT }).async;
const count = Number(process.argv[2]);
const { echo, later } = await face.exec(
  'import asyncio\ndef echo(i): return i\nasync def later(i):\n  await asyncio.sleep(0)\n  return i',
  { out: ['echo', 'later'] },
);

let seed = 20261122;
const random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};

const settled = new Uint8Array(count);
let [right, cancelled, wrong] = [0, 0, 0];
const calls = Array.from({ length: count }, (_none, i) => {
  const work = i % 3 === 0 ? later : echo;
  const control = random() < 0.3 ? new AbortController() : null;
  if (control !== null) {
    if (random() < 0.5) queueMicrotask(() => control.abort(i));
    else setTimeout(() => control.abort(i), random() * count * 0.02);
  }
  const call = control === null ? work(i) : work.$call([i], {}, { signal: control.signal });
  return call.then(
    (value) => {
      settled[i]++;
      if (value === i) right++;
      else wrong++;
    },
    (reason) => {
      settled[i]++;
      if (reason === i) cancelled++;
      else wrong++;
    },
  );
});
await Promise.all(calls);
const { queued, running } = face.stats();
const once = settled.every((times) => times === 1);
console.log(JSON.stringify({ right, cancelled, wrong, once, queued, running }));
