// Ten thousand caught errors, each of a function that held a megabyte: 10 GB if a frame stayed alive.
import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const { fail } = py.exec(
  `
def fail(i):
    local = b"x" * (1 << 20)
    try:
        {}[i]
    except KeyError:
        raise ValueError(i)
`,
  { out: ['fail'] },
);

const keep = [];
function round(i) {
  try {
    fail(i);
  } catch (error) {
    keep.push(error);
    // What was read is kept too, and is no more than text.
    if (i % 10 === 0) void [error.frames, error.cause.frames, error.args];
  }
}

for (let i = 0; i < 100; i++) round(i);
globalThis.gc();
const before = process.memoryUsage().rss;
for (let i = 0; i < 10_000; i++) round(i);
globalThis.gc();
const grown = process.memoryUsage().rss - before;
const last = keep.at(-1);
const at = last.frames.at(-1).function;
console.log(JSON.stringify({ kept: keep.length, grown, type: last.type, at }));
