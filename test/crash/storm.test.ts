import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

const run = promisify(execFile);
const project = process.env['SNAKEPIT_TEST_PROJECT'] ?? '';
const CRASHES = 60;

test('a storm of crashes: no socket is dropped, no heartbeat is lost or answered twice', async () => {
  const program = new URL('programs/storm.mjs', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, [program, project, String(CRASHES)]);
  const seen = JSON.parse(stdout) as Record<string, any>;
  expect(seen['deaths']).toBeGreaterThanOrEqual(CRASHES);
  expect(seen).toMatchObject({ sockets: 40, dropped: 0, lost: 0, doubled: 0, wrong: 0 });
  expect(seen['failures']).toEqual([]);
  // As many as clients send in that time, and all of them.
  expect(seen['sent']).toBeGreaterThan(100);
  expect(seen['answered']).toBe(seen['sent']);
  // Every call that crashed is right by its second attempt.
  expect(seen['calls'].wrong).toBe(0);
  expect(seen['calls'].right).toBeGreaterThanOrEqual(CRASHES - 2);
});
