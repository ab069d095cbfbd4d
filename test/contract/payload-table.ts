import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { failure } from './support/inline.ts';

/** Opened for test/fixtures/project, whose helper packs these are. */
export interface PayloadFace {
  import(name: string): any;
  execute(payload: any): Promise<any>;
}

export interface PayloadRow {
  readonly name: string;
  run(face: PayloadFace): Promise<void>;
}

/** One call of a golden file, and how it ends: one of `reply`, `as`, `items`, `error`, `refused`. */
interface GoldenStep {
  /** `<name>` stands for the handle that an earlier step kept under this name. */
  readonly payload: unknown;
  readonly reply?: unknown;
  readonly as?: string;
  readonly items?: readonly unknown[];
  readonly error?: { readonly type: string; readonly message: string };
  /** The message of the validator's TypeError. */
  readonly refused?: string;
}

interface Golden {
  readonly name: string;
  readonly steps: readonly GoldenStep[];
}

const FOLDER = join(import.meta.dirname, '../fixtures/payloads');

function withRefs(payload: unknown, kept: ReadonlyMap<string, string>): unknown {
  const text = JSON.stringify(payload);
  return JSON.parse(text.replace(/<(\w+)>/g, (_all, name: string) => kept.get(name) ?? 'none'));
}

async function play({ steps }: Golden, face: PayloadFace): Promise<void> {
  const kept = new Map<string, string>();
  // The handles stay reachable as long as their texts are used.
  const held: unknown[] = [];
  for (const step of steps) {
    const reply = face.execute(withRefs(step.payload, kept));
    if (step.refused !== undefined) {
      const refusal: unknown = await reply.catch((reason: unknown) => reason);
      expect(refusal).toBeInstanceOf(TypeError);
      expect((refusal as Error).message).toMatch(new RegExp(step.refused));
    } else if (step.error !== undefined) {
      const error = await failure(() => reply);
      expect(error).toMatchObject({ type: step.error.type });
      expect(error.message).toMatch(new RegExp(step.error.message));
    } else if (step.as !== undefined) {
      const handle = await reply;
      held.push(handle);
      kept.set(step.as, handle.$ref as string);
    } else if (step.items !== undefined) {
      const seen: unknown[] = [];
      for await (const item of await reply) seen.push(item);
      expect(seen).toEqual(step.items);
    } else {
      expect(await reply).toEqual(step.reply);
    }
  }
  expect(held).toHaveLength(kept.size);
}

function golden(file: string): readonly PayloadRow[] {
  const rows = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as readonly Golden[];
  return rows.map((row) => ({
    name: `payloads/${file}: ${row.name}`,
    run: (face) => play(row, face),
  }));
}

/** `execute`: calls as data. The golden files are for every language that speaks payloads. */
export const payloadTable: readonly PayloadRow[] = [
  ...readdirSync(FOLDER).sort().flatMap(golden),
  {
    name: 'execute: a payload that is nothing at all',
    async run(face) {
      await expect(face.execute(undefined)).rejects.toThrow(/^payload: expected an object/);
    },
  },
  {
    name: 'execute: arguments may be what JSON has not',
    async run(face) {
      const call = { call_type: 'function', module: 'builtins' };
      expect(await face.execute({ ...call, method: 'int', args: [2n ** 70n] })).toBe(2n ** 70n);
      const floats = new Float64Array([1, 2]);
      expect(await face.execute({ ...call, method: 'sum', args: [floats] })).toBe(3);
    },
  },
  {
    name: 'execute: the arguments are taken as they are at the call',
    async run(face) {
      const args = [[1, 2]];
      const call = { call_type: 'function', module: 'builtins', method: 'sum', args };
      const sum = face.execute(call);
      args[0]?.push(100);
      expect(await sum).toBe(3);
    },
  },
  {
    name: 'execute: a stream that is left early closes its generator',
    async run(face) {
      const make = await face.execute({
        call_type: 'block',
        method:
          '\nlog = []\ndef numbers():\n    try:\n        for n in range(1000):\n            yield n\n' +
          '    finally:\n        log.append("closed")\nreturn [numbers(), log]\n',
        want: 'ref',
      });
      const of = { call_type: 'get_item', ref: make.$ref };
      const numbers = await face.execute({ ...of, args: [0] });
      const log = await face.execute({ ...of, args: [1] });
      for await (const one of await face.execute({ call_type: 'stream', ref: numbers.$ref })) {
        if (one === 3) break;
      }
      expect(await log.$toJS()).toEqual(['closed']);
    },
  },
  {
    name: 'execute: describes an object as data',
    async run(face) {
      const array = await face.import('numpy').zeros([2, 3]);
      expect(await face.execute({ call_type: 'describe', ref: array.$ref })).toMatchObject({
        type: 'numpy.ndarray',
        text: expect.stringContaining('(2, 3)'),
      });
    },
  },
];
