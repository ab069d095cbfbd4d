// python-shell: a child process; calls are JSON lines that bench/python/shell_loop.py answers.
import { fromText, toText } from './contestant.mjs';
import { requireRival } from './rival.mjs';

/**
 * One message at a time is in flight, as in a request and its answer.
 * @param {import('./contestant.mjs').BenchPython} python
 */
function connect(python) {
  const { PythonShell } = requireRival('python-shell');
  const shell = new PythonShell('shell_loop.py', {
    mode: 'json',
    pythonPath: python.executable,
    pythonOptions: ['-u'],
    scriptPath: python.helpers,
  });
  /** @type {{ resolve(value: any): void, reject(error: Error): void } | undefined} */
  let waiting;
  shell.on('message', (/** @type {any} */ message) => {
    if ('error' in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.value);
  });
  const call = (/** @type {string} */ name, /** @type {unknown[]} */ ...args) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      shell.send({ name, args });
    });
  return { call, end: () => shell.kill() };
}

/** @param {import('./contestant.mjs').BenchPython} python */
export async function firstResult(python) {
  return connect(python).call('sqrt', 2);
}

/**
 * @param {import('./contestant.mjs').BenchPython} python
 * @returns {Promise<import('./contestant.mjs').Operations>}
 */
export async function open(python) {
  const { call, end } = connect(python);
  return {
    calls: {
      sqrt: (x) => call('sqrt', x),
      sqrtInt: (x) => call('sqrt', x),
      sum: () => call('small_sum'),
      raise: () => call('boom', 'no'),
    },
    containers: {
      take: (rows) => call('take_rows', rows),
      give: (count) => call('give_rows', count),
    },
    handOver: {
      shared: false,
      ways: { 'np.asarray': (array) => call('take_in_text', toText(array)) },
    },
    takeOut: {
      shared: false,
      make: (count) => call('make', count),
      take: async (key) => fromText(/** @type {string} */ (await call('kept_text', key))),
    },
    close: end,
  };
}
