// Many WebSocket clients with a heartbeat each, in a process of their own: they must not take the
// time of the server that they watch. Driven by messages; `startClients` is the other end.
//
// Every heartbeat has a number of its own, so that one that is lost or answered twice is seen.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { WebSocket } from 'ws';

// A heartbeat that is not answered by then is lost.
const PATIENCE = 10_000;

/**
 * @typedef {object} Tally
 * @property {number} sockets that were opened
 * @property {number} dropped sockets that closed or failed by themselves
 * @property {number} sent heartbeats
 * @property {number} answered
 * @property {number} doubled answers to what was answered already
 * @property {number} wrong answers
 * @property {number} lost heartbeats without an answer
 * @property {Beat[]} beats the answered ones since the last look
 *
 * @typedef {object} Beat
 * @property {number} at milliseconds since 1970, when it was sent
 * @property {number} ms until its answer came
 */

class Clients {
  /** @type {WebSocket[]} */
  #sockets = [];
  /** @type {NodeJS.Timeout[]} */
  #timers = [];
  /** @type {Map<number, { value: number, at: number }>} */
  #open = new Map();
  /**
   * Clients whose last heartbeat is not answered yet: they send no other.
   * @type {Set<WebSocket>}
   */
  #waiting = new Set();
  #last = 0;
  #ending = false;
  #counts = { dropped: 0, sent: 0, answered: 0, doubled: 0, wrong: 0 };
  /** @type {Beat[]} */
  #beats = [];

  /**
   * @param {number} port
   * @param {number} count
   */
  async connect(port, count) {
    for (let i = 0; i < count; i += 1) {
      const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`);
      this.#sockets.push(socket);
      let over = false;
      const drop = () => {
        if (!over && !this.#ending) this.#counts.dropped += 1;
        over = true;
      };
      socket.on('close', drop);
      socket.on('error', drop);
      socket.on('message', (/** @type {Buffer} */ data) => {
        this.#waiting.delete(socket);
        this.#answer(data.toString());
      });
      await once(socket, 'open');
    }
  }

  /** @param {number} pause milliseconds between two heartbeats of one client */
  begin(pause) {
    for (const [i, socket] of this.#sockets.entries()) {
      // Spread over the pause, as clients are that came at different times.
      const first = setTimeout(
        () => {
          this.#beat(socket);
          this.#timers.push(setInterval(() => this.#beat(socket), pause));
        },
        (i * pause) / this.#sockets.length,
      );
      this.#timers.push(first);
    }
  }

  /** @param {WebSocket} socket */
  #beat(socket) {
    if (socket.readyState !== WebSocket.OPEN || this.#waiting.has(socket)) return;
    this.#waiting.add(socket);
    const id = (this.#last += 1);
    const value = (id * 7919) % 1_000_003;
    this.#open.set(id, { value, at: performance.now() });
    this.#counts.sent += 1;
    socket.send(JSON.stringify({ id, value }));
  }

  /** @param {string} text */
  #answer(text) {
    const { id, root } = JSON.parse(text);
    const beat = this.#open.get(id);
    this.#open.delete(id);
    if (beat === undefined) {
      this.#counts.doubled += 1;
      return;
    }
    this.#counts.answered += 1;
    const at = performance.timeOrigin + beat.at;
    this.#beats.push({ at, ms: performance.now() - beat.at });
    if (root !== Math.floor(Math.sqrt(beat.value))) this.#counts.wrong += 1;
  }

  /** What was answered since the last look. */
  look() {
    return this.#beats.splice(0);
  }

  /** @returns {Promise<Tally>} */
  async end() {
    for (const timer of this.#timers) clearInterval(timer);
    const deadline = performance.now() + PATIENCE;
    while (this.#open.size > 0 && performance.now() < deadline) await sleep(5);
    // A second answer would come right after the first.
    await sleep(50);
    this.#ending = true;
    for (const socket of this.#sockets) socket.terminate();
    const sockets = this.#sockets.length;
    return { sockets, ...this.#counts, lost: this.#open.size, beats: this.look() };
  }
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Starts the clients, and resolves when all are connected.
 * @param {{ port: number, count: number }} wish
 */
export async function startClients(wish) {
  const child = fork(fileURLToPath(import.meta.url), ['clients'], { execArgv: [] });
  const gone = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the clients ended by themselves (${String(signal ?? code)})`);
  });
  gone.catch(() => undefined);
  /** @param {object} message */
  const ask = async (message) => {
    child.send(message);
    const [reply] = await Promise.race([once(child, 'message'), gone]);
    return reply;
  };
  await ask({ connect: wish });
  return {
    /** @param {number} pause milliseconds between two heartbeats of one client */
    begin: (pause) => ask({ begin: pause }),
    /** @returns {Promise<Beat[]>} what was answered since the last look */
    look: () => ask({ look: true }),
    /** @returns {Promise<Tally>} */
    end: () => ask({ end: true }),
  };
}

if (process.argv[2] === 'clients' && process.send !== undefined) {
  const clients = new Clients();
  process.on('disconnect', () => process.exit());
  process.on('message', async (/** @type {any} */ { connect, begin, look, end }) => {
    if (connect !== undefined) {
      await clients.connect(connect.port, connect.count);
      process.send?.({});
    }
    if (begin !== undefined) {
      clients.begin(begin);
      process.send?.({});
    }
    if (look !== undefined) process.send?.(clients.look());
    if (end !== undefined) process.send?.(await clients.end(), () => process.exit());
  });
}
