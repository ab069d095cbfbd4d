// A host that Ctrl-C reaches while Python runs: argument 1 says how it is set up.
import { errors, open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const { sleep } = py.import('time');
let heard = 0;
const listener = () => {
  heard += 1;
};
const told = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Runs Python that would never end, and tells what ended it. */
const interrupted = (run) => {
  console.log('ready');
  try {
    run();
    return 'nothing';
  } catch (error) {
    return error instanceof errors.KeyboardInterrupt ? 'KeyboardInterrupt' : String(error);
  }
};
const loop = () => py.exec('while True: pass');

/** @type {Record<string, () => unknown>} */
const programs = {
  async listening() {
    process.on('SIGINT', listener);
    for (const run of [
      loop,
      () => sleep(60),
      () => py.exec('import select; select.select([], [], [], 60)'),
    ]) {
      console.log(interrupted(run));
      await told();
      console.log(`heard ${heard}`);
    }
    console.log(py.import('math').sqrt(4));
  },
  async callback() {
    process.on('SIGINT', listener);
    console.log(interrupted(() => py.exec('while True: f()', { in: { f: () => 1 } })));
    await told();
    console.log(`heard ${heard}`);
  },
  async handled() {
    process.on('SIGINT', listener);
    const code =
      'import time\ntry:\n  while True: time.sleep(60)\nexcept KeyboardInterrupt: x = "handled"';
    console.log('ready');
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
    interrupted(loop);
  },
  late() {
    // The one before was let go of; this one begins while Python is open.
    process.once('SIGINT', listener).off('SIGINT', listener).on('SIGINT', listener);
    console.log(interrupted(loop));
    process.removeAllListeners('SIGINT');
    interrupted(loop);
  },
};
await programs[process.argv[2]]?.();
