// Prints what Python's child processes are, and what one of them computed on an array of ours.
import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const np = py.import('numpy');
const processes = py.import('multiprocessing');
const big = np.arange(100_000); // large enough to lie in the arena
const pool = processes.Pool(2);
try {
  const sums = pool.map(np.sum, [big, big.reshape([1000, 100])]).$toJS();
  console.log(JSON.stringify({ method: processes.get_start_method(), sums }));
} finally {
  pool.terminate();
  pool.join();
}
