// A WebSocket server that answers heartbeats. Each message is one line of JSON, `{ id, value }`, and
// its answer is `{ id, root }` or `{ id, error }`.
import { once } from 'node:events';

import { WebSocketServer } from 'ws';

/**
 * @param {(value: number) => PromiseLike<number>} answer
 */
export async function serve(answer) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const failures = /** @type {unknown[]} */ ([]);
  server.on('connection', (socket) => {
    socket.on('error', (error) => failures.push(error));
    socket.on('message', async (/** @type {Buffer} */ data) => {
      const { id, value } = JSON.parse(data.toString());
      try {
        socket.send(JSON.stringify({ id, root: await answer(value) }));
      } catch (error) {
        failures.push(error);
        socket.send(JSON.stringify({ id, error: String(error) }));
      }
    });
  });
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    port,
    /** What went wrong here; what clients miss is counted by them. */
    failures,
    async close() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
