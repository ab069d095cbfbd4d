// What would end a Python, or does: argument 1 says what.
import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });

const caught = (run) => {
  try {
    run();
  } catch (error) {
    return `${error.type}: ${error.message}`;
  }
  return 'nothing';
};

/** @type {Record<string, () => unknown>} */
const programs = {
  exits() {
    console.log(caught(() => py.import('sys').exit(3)));
    console.log(caught(() => py.exec('raise KeyboardInterrupt')));
    console.log(caught(() => py.exec('exit()', { in: { exit: py.import('sys').exit } })));
    console.log(
      caught(() =>
        py.builtins.print(
          py.exec('class A:\n  def __str__(self): raise SystemExit(5)\na = A()', { out: ['a'] }).a,
        ),
      ),
    );
    py.exec('import threading, sys; t = threading.Thread(target=sys.exit); t.start(); t.join()');
    console.log('alive');
  },
  holding() {
    // Tensors, generators and callbacks that are alive at the end harm nobody.
    const np = py.import('numpy');
    globalThis.kept = [
      np.ones(1_000_000),
      py.fromNumpy(np.ones(1_000_000)),
      py.exec('def g():\n  try: yield 1\n  finally: print("finally")\nx = g(); next(x)', {
        out: ['x'],
      }),
      py.exec('g = f', { in: { f: () => 1 }, out: ['g'] }),
    ];
    console.log('end');
  },
  looping() {
    console.log('ready');
    py.exec('while True: pass');
  },
};
await programs[process.argv[2]]();
