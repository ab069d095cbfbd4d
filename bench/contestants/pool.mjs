// Worker processes; a case opens its pools itself.
/** @param {import('./contestant.mjs').BenchPython} python */
export async function open(python) {
  const { events, isolated } = await import('snakepit');
  return { events, isolated, python };
}
