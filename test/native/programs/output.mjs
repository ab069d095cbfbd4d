// What Python prints beside what JavaScript prints; argument 1 says what.
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const { print } = py.builtins;
const sys = py.import('sys');

/** @type {Record<string, () => unknown>} */
const programs = {
  order() {
    for (let i = 0; i < 300; i++) {
      print(`python ${i}`);
      console.log(`node ${i}`);
      py.exec(`import sys; sys.stdout.write("part ${i}")`);
      process.stdout.write(' whole\n');
    }
  },
  bothStreams() {
    py.exec(`
import sys
print('a', end='')
print('b', end='', file=sys.stderr)
print('c')
sys.stderr.write('d')
`);
    console.error('e');
  },
  callbacks() {
    py.exec('print("a", end=""); f(); print("c", end=""); list(map(f, [1]))', {
      in: { f: (x) => console.log('b', x) },
    });
  },
  failing() {
    try {
      py.exec('print("before", end=""); raise ValueError');
    } catch (error) {
      console.log(error.type);
    }
  },
  bytes() {
    py.exec(`
import sys
sys.stdout.buffer.write(b'\\xc5')
sys.stdout.buffer.write(memoryview(b'\\xbe'))
sys.stdout.write('l')
sys.stdout.buffer.write(bytearray(b'u\\xff\\n'))
sys.stderr.write('\\ud800 is escaped\\n')
`);
  },
  huge() {
    // Node made the pipe non-blocking: what does not fit must wait, not be lost.
    process.stdout.write('');
    py.exec('for i in range(200_000): print(i, "x" * 40)');
    py.exec('import sys; sys.stdout.write("y" * 5_000_000 + "\\n")');
    process.exit(0);
  },
  async threads() {
    py.exec(`
import threading
def say(n):
    for i in range(100): print(f'thread {n} line {i}')
threads = [threading.Thread(target=say, args=(n,)) for n in range(4)]
for one in threads: one.start()
for one in threads: one.join()
print('joined')
`);
    console.log('node');
    py.exec(`
import threading, time
threading.Thread(target=lambda: (time.sleep(0.1), print('later'))).start()
`);
    await wait(1000);
    console.log('end');
  },
  async worker() {
    const worker = new Worker(new URL(import.meta.url), { argv: ['fromWorker'], stdout: true });
    let text = '';
    worker.stdout.on('data', (chunk) => (text += chunk));
    await new Promise((resolve) => worker.once('exit', resolve));
    print('main');
    console.log(JSON.stringify(text));
  },
  fromWorker() {
    print('from the worker');
    py.exec('import sys; sys.stdout.write("part")');
  },
  intercepted() {
    const chunks = [];
    const { write } = process.stdout;
    process.stdout.write = (chunk) => chunks.push(String(chunk)) > 0;
    print('one', 'two', py.import('math').pi);
    process.stdout.write = () => {
      throw new Error('broken');
    };
    print('lost');
    process.stdout.write = write;
    console.log(JSON.stringify(chunks));
  },
  async broken() {
    // The reader is gone: nobody's error, neither now nor at the end.
    for (let i = 0; i < 100; i++) {
      print('x'.repeat(1000));
      await wait(1);
    }
    writeSync(2, 'alive\n');
  },
  fork() {
    py.exec(`
import os, sys
sys.stdout.flush()
child = os.fork()
if child == 0:
    print('from the fork')
    os._exit(0)
os.waitpid(child, 0)
`);
    print('from the parent');
  },
  looksLikeStreams() {
    const { stdout } = sys;
    print(
      stdout.name,
      stdout.encoding,
      stdout.fileno(),
      stdout.isatty(),
      stdout.writable(),
      stdout.readable(),
      stdout.closed,
      stdout.buffer.fileno(),
    );
    stdout.close();
    print('closed is open');
    py.import('subprocess').run(['echo', 'from a child']);
    py.import('logging').warning('logged');
  },
};
await programs[process.argv[2]]();
