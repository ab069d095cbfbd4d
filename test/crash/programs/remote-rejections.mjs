// What nobody awaits: one rejection for a failed call, none for a step on the way, and the pool
// does not keep the process.
import { isolated } from 'snakepit';

const said = [];
process.on('unhandledRejection', (error) => {
  said.push(`${error.type}: ${/here/.test(error.stack)}`);
});

const pool = await isolated({ workers: 1, spares: 0, project: process.env.SNAKEPIT_TEST_PROJECT });

function here() {
  pool.builtins.int('x');
}
here();
// The step fails, and what uses it is awaited.
const answer = await pool.builtins.abs(pool.builtins.int('y')).then(null, (error) => error.type);
await new Promise((resolve) => setTimeout(resolve, 100));
process.stdout.write(JSON.stringify({ said, answer }));
