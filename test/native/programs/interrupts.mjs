// A host that Ctrl-C reaches while Python runs: argument 1 says how it is set up.
import { errors, open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
let heard = 0;
const listener = () => {
  heard += 1;
};
const told = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Python says when it is there: a signal before that would find the host outside. */
const READY = 'import os, select, time\nos.write(1, b"ready\\n")\n';

/** Runs Python that would never end, and tells what ended it. */
const interrupted = (code, values = {}) => {
  try {
    py.exec(READY + code, { in: values });
    return 'nothing';
  } catch (error) {
    return error instanceof errors.KeyboardInterrupt ? 'KeyboardInterrupt' : String(error);
  }
};
const LOOP = 'while True: pass';

/** @type {Record<string, () => unknown>} */
const programs = {
  async listening() {
    process.on('SIGINT', listener);
    for (const code of [LOOP, 'time.sleep(60)', 'select.select([], [], [], 60)']) {
      console.log(interrupted(code));
      await told();
      console.log(`heard ${heard}`);
    }
    console.log(py.import('math').sqrt(4));
  },
  async callback() {
    process.on('SIGINT', listener);
    console.log(interrupted('while True: f()', { f: () => 1 }));
    await told();
    console.log(`heard ${heard}`);
  },
  async handled() {
    process.on('SIGINT', listener);
    const code =
      'import os, time\ntry:\n  os.write(1, b"ready\\n")\n  while True: time.sleep(60)\n' +
      'except KeyboardInterrupt: x = "handled"';
    console.log(py.exec(code, { out: ['x'] }).x);
    await told();
    console.log(`heard ${heard}`);
  },
  async outside() {
    process.on('SIGINT', listener);
    console.log('ready');
    while (heard === 0) await told();
    console.log(`heard ${heard}`);
    console.log(py`sum(range(${1000}))`);
  },
  removed() {
    process.once('SIGINT', listener);
    process.removeListener('SIGINT', listener);
    interrupted(LOOP);
  },
  late() {
    // The one before was let go of; this one begins while Python is open.
    process.once('SIGINT', listener).off('SIGINT', listener).on('SIGINT', listener);
    console.log(interrupted(LOOP));
    process.removeAllListeners('SIGINT');
    interrupted(LOOP);
  },
};
await programs[process.argv[2]]?.();
