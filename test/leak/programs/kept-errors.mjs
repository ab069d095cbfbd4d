// Ten thousand caught errors, each of a function that held two megabytes, one of them an array whose
// shape is in the error's context: 20 GB if a frame or an operand stayed alive.
import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const { fail } = py.exec(
  `
import numpy
def fail(i):
    local = b"x" * (1 << 20)
    grid = numpy.zeros((128, 1024))
    try:
        {}[i]
    except KeyError:
        return grid @ grid
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
    if (i % 10 === 0) void [error.frames, error.cause.frames, error.args, error.context];
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
const { shape_a: shape } = last.context;
console.log(JSON.stringify({ kept: keep.length, grown, type: last.type, at, shape }));
