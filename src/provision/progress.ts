/** Long work shows that it goes on: a line each ten seconds. */
const EVERY_MS = 10_000;

/** Waits for `work`, and says every while how long it has taken. */
export async function whileWaiting<T>(
  what: string,
  report: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const ticking = setInterval(() => {
    report(`${what}: ${((performance.now() - started) / 1000).toFixed(0)} s so far`);
  }, EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
  }
}
