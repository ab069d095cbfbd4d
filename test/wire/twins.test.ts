import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { packageRoot } from '../../src/native/load.ts';
import {
  MAX_FRAME,
  OPERATIONS,
  PROBE_BYTES,
  PROTOCOL,
  TAGS,
  TO_HOST,
  TO_WORKER,
  WANTED,
} from '../../src/wire/message.ts';
import { SLOT_BYTES, WORD } from '../../src/pool/status-page.ts';
import { CAPABILITIES } from '../../src/in-process/capabilities.ts';
import { python } from './support/worker.ts';

const ASK = `
import json, marshal, sys, types
package = types.ModuleType("_snakepit")
package.__path__ = [sys.argv[1]]
sys.modules["_snakepit"] = package
from _snakepit import traits, turns, wire
print(json.dumps({
    "protocol": wire.PROTOCOL, "maxFrame": wire.MAX_FRAME,
    "toWorker": wire.TO_WORKER, "toHost": wire.TO_HOST, "operations": wire.OPERATIONS,
    "wanted": wire.WANTED, "tags": wire.TAGS,
    "probe": marshal.dumps(wire.PROBE, wire.FLAT).hex(),
    "words": {"started": turns._STARTED, "current": turns._CURRENT, "cancel": turns._CANCEL},
    "slot": turns._SLOT_BYTES,
    "traits": {name: getattr(traits, name) for name in sys.argv[2].split(",")},
}))
`;

const upper = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

describe('the two sides of the wire', () => {
  const names = Object.keys(CAPABILITIES).map(upper);
  const folder = join(packageRoot, 'python', 'snakepit');
  const { stdout, stderr } = spawnSync(python, ['-c', ASK, folder, names.join(',')], {
    encoding: 'utf8',
  });
  const theirs = JSON.parse(stdout || JSON.stringify({ stderr })) as Record<string, unknown>;

  test('use the same words', () => {
    expect(theirs).toMatchObject({
      protocol: PROTOCOL,
      maxFrame: MAX_FRAME,
      toWorker: TO_WORKER,
      toHost: TO_HOST,
      operations: OPERATIONS,
      wanted: WANTED,
      tags: TAGS,
    });
  });

  test('have the same format: this interpreter’s marshal is the one that we read', () => {
    expect(theirs['probe']).toBe(PROBE_BYTES);
  });

  test('agree on the status page and on what types can do', () => {
    const { started, current, cancel } = WORD;
    expect(theirs['words']).toEqual({ started, current, cancel });
    expect(theirs['slot']).toBe(SLOT_BYTES);
    const flags = Object.entries(CAPABILITIES).map(([name, flag]) => [upper(name), flag]);
    expect(theirs['traits']).toEqual(Object.fromEntries(flags));
  });

  test('no number stands for two words', () => {
    for (const table of [TO_WORKER, TO_HOST, OPERATIONS, WANTED, TAGS]) {
      expect(new Set(Object.values(table)).size).toBe(Object.keys(table).length);
    }
  });
});
