// The grid search: coarse to fine around the best point, until it has crashed often enough.

/** Where the search ends, at the latest. */
const MOST_ROUNDS = 40;
const SIDE = 10;
// Milliseconds; a point that takes longer hangs.
const PATIENCE = 600;
// A point that kills three workers is quarantined before it has had so many.
const ATTEMPTS = 5;

/** @typedef {{ x: number, y: number, error: any }} Failure */

/**
 * The same function in JavaScript, to check what Python says.
 * @param {number} x
 * @param {number} y
 */
const himmelblau = (x, y) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2;

/**
 * @param {import('snakepit').Pool} pool
 * @param {(margin: number) => boolean} isEnough whether it is, with so many crashes to come
 */
export async function search(pool, isEnough) {
  // What may run twice says so: then a crash costs the caller nothing but time.
  const retry = { attempts: ATTEMPTS };
  const { grid } = pool.options({ idempotent: true, timeout: PATIENCE, retry }).helpers;
  const found = { points: 0, wrong: 0, failed: /** @type {Failure[]} */ ([]) };
  let best = { x: 0, y: 0, height: Infinity };

  /** @type {(x: number, y: number) => Promise<void>} */
  const look = async (x, y) => {
    try {
      const height = await grid.height(x, y);
      found.points += 1;
      if (height !== himmelblau(x, y)) found.wrong += 1;
      if (height < best.height) best = { x, y, height };
    } catch (error) {
      found.failed.push({ x, y, error });
    }
  };

  for (let round = 0; round < MOST_ROUNDS && !isEnough(0); round += 1) {
    const width = 10 / 2 ** round;
    const points = gridAround(best, width, SIDE);
    // As many callers as there are workers, each with the next point; at the end, one alone.
    const caller = async (/** @type {unknown} */ _, /** @type {number} */ index) => {
      while (!isEnough(index === 0 ? 0 : 2)) {
        const point = points.pop();
        if (point === undefined) return;
        await look(point.x, point.y);
      }
    };
    await Promise.all(Array.from({ length: pool.stats().workers }, caller));
  }
  return { ...found, best };
}

/**
 * @param {{ x: number, y: number }} centre
 * @param {number} width
 * @param {number} side points in each direction, less one
 */
function gridAround(centre, width, side) {
  const points = [];
  for (let i = 0; i <= side; i += 1) {
    for (let j = 0; j <= side; j += 1) {
      const x = centre.x + (i / side - 0.5) * width;
      const y = centre.y + (j / side - 0.5) * width;
      points.push({ x, y });
    }
  }
  return points;
}
