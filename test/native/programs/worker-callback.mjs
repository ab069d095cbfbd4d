// A worker_thread leaves a function, an object and an error in Python and ends; Python uses them then.
import { isMainThread, Worker } from 'node:worker_threads';

import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const module = py.import('json'); // any module: its attributes are seen by all threads

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  await new Promise((resolve) => worker.once('exit', resolve));
  const { use, drop } = py.exec(
    `
import gc, json

def use():
    said = []
    for act in (lambda: json.kept(1), lambda: json.object.x, lambda: json.error.code):
        try:
            act()
        except RuntimeError as error:
            said.append(str(error))
    return said + [str(json.error), repr(json.object), json.kept.__name__]

def drop():
    del json.kept, json.object, json.error
    gc.collect()
`,
    { out: ['use', 'drop'] },
  );
  console.log(JSON.stringify(use().$toJS()));
  drop();
} else {
  class Live {
    x = 1;
  }
  module.kept = (x) => x;
  module.object = new Live();
  module.error = new Error('of a worker');
}
