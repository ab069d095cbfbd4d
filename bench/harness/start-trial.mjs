// A cold start: from the birth of this process to the first Python result. It imports nothing but
// the contestant, and takes the time before anything else.
const { contestant, python } = JSON.parse(process.env['SNAKEPIT_BENCH'] ?? '');
const { firstResult } = await import(`../contestants/${contestant}.mjs`);
const value = await firstResult(python);
const now = performance.timeOrigin + performance.now();
const { writeSync } = await import('node:fs');
writeSync(3, JSON.stringify({ value, now }));
process.exit(0);
