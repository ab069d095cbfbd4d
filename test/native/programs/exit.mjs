// How a process with Python ends: argument 1 is what Python does at exit, argument 2 how Node ends.
import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
py.exec(`
import atexit, sys, threading, time
atexit.register(lambda: print("atexit ran"))
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
threading.Thread(target=lambda: time.sleep(60)).start()
`);
if (process.argv[2] === 'hang')
  py.exec('import atexit, time; atexit.register(lambda: time.sleep(60))');
py.builtins.print('printed');
if (process.argv[3] === 'exit') process.exit(3);
if (process.argv[3] === 'throw') throw new Error('on purpose');
