// The channel alone: frames of 100 bytes that Python sends back, with a promise for each.
import { fileURLToPath } from 'node:url';
import { startOnPipes } from '../harness/pipes.mjs';

const BYTES = 100;
const script = fileURLToPath(new URL('../python/pipe_echo.py', import.meta.url));

/**
 * @param {import('./contestant.mjs').BenchPython} python
 * @returns {Promise<import('./contestant.mjs').Operations>}
 */
export async function open(python) {
  const { child, open: openChannel } = await startOnPipes(python.executable, [script]);
  /** @type {((value: number) => void)[]} */
  const waiting = [];
  const out = Buffer.alloc(256 * BYTES);
  let length = 0;
  let arrived = 0;
  const channel = openChannel({
    data(_bytes, end) {
      arrived += end;
      for (; arrived >= BYTES; arrived -= BYTES) waiting.shift()?.(1);
    },
    drain() {},
    closed() {},
  });
  channel.ref();
  const flush = () => {
    channel.write(out, 0, length);
    length = 0;
  };
  return {
    pipe: {
      call: () =>
        new Promise((resolve) => {
          waiting.push(resolve);
          if (length === 0) queueMicrotask(flush);
          out.writeUInt32LE(BYTES - 4, length);
          length += BYTES;
        }),
    },
    close: () => {
      channel.close();
      child.kill();
    },
  };
}
