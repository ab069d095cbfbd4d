// What a handler throws reaches the process, and the channel goes on.
import { batch, start } from './start.mjs';

let caught = '';
process.on('uncaughtException', (error) => {
  caught = error.message;
  connection.run(2, batch('abs', -3));
});

const { child, connection } = start(process.argv[2], (message) => {
  if (message.kind === 'ready') connection.run(1, batch('abs', -1));
  if (message.kind !== 'result') return;
  if (message.id === 1) throw new Error('from a handler');
  console.log(`caught: ${caught}; then ${message.values[0]}`);
  connection.close();
});
connection.ref();
child.unref();
