// Worker processes with the default options, as users get them.
/** @param {import('./contestant.mjs').BenchPython} python */
export async function open(python) {
  const { isolated } = await import('snakepit');
  const pool = await isolated({ project: python.project });
  return { pool, project: python.project };
}
