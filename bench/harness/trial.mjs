// One trial, in a process of its own: one contestant, one case. The answer goes out on fd 3, so that
// nothing a contestant prints can be taken for it.
import { writeSync } from 'node:fs';
import { reasonOf } from './statistics.mjs';

const { contestant, caseName, python, settings } = JSON.parse(process.env['SNAKEPIT_BENCH'] ?? '');
const ANSWER = 3;

/** @param {unknown} answer */
function reply(answer) {
  writeSync(ANSWER, JSON.stringify(answer));
}

try {
  const adapter = await import(`../contestants/${contestant}.mjs`);
  const { measure } = await import(`../cases/${caseName}.mjs`);
  const operations = await adapter.open(python);
  reply(await measure(operations, settings));
  await operations.close?.();
} catch (error) {
  reply({ failed: reasonOf(error) });
}
// Some bridges keep the process alive; a trial is over when it has answered.
process.exit(0);
