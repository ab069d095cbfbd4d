// Which signal handlers Python's start changed, and whose names the interpreter has.
import { readFileSync } from 'node:fs';

import { open } from 'snakepit';

const masks = () =>
  readFileSync('/proc/self/status', 'utf8')
    .split('\n')
    .filter((line) => /^Sig(Ign|Cgt)/.test(line))
    .join();
const before = masks();
const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const sys = py.import('sys');
console.log(
  JSON.stringify({
    same: masks() === before,
    executable: sys.executable,
    prefix: sys.prefix,
    base: sys.base_prefix,
    flags: [sys.flags.isolated, sys.flags.ignore_environment, sys.flags.utf8_mode],
  }),
);
