import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const wraps = [(a) => ({ a }), (a) => [a], (a) => new Map([['a', a]])];
const said = [];
function tryIt(wrap) {
  let data = wrap(1);
  for (let i = 0; i < 1000; i++) data = wrap(data);
  try {
    py.len(data);
  } catch (error) {
    const levels = /deeper than (\d+ levels)/.exec(error.message)?.[1];
    said.push(
      `${error.code ?? error.constructor.name} ${levels} ${error.message.length < 400 ? 'short' : 'long'}`,
    );
  }
}
const below = (depth, fn) => (depth === 0 ? fn() : below(depth - 1, fn));
for (const wrap of wraps) tryIt(wrap);
for (const wrap of wraps) below(1000, () => tryIt(wrap));
process.stdout.write(JSON.stringify(said));
