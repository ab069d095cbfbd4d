// Ends by itself although a channel is open: nothing waits for an answer.
import { batch, start } from './start.mjs';

const { child, connection } = start(process.argv[2], (message) => {
  if (message.kind === 'ready') connection.run(1, batch('abs', -1));
  if (message.kind !== 'result') return;
  console.log(child.pid);
  connection.unref();
});
connection.ref();
child.unref();
