import { inspect } from 'node:util';

import { describe, expect, it, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { py as lazy } from '../../src/runtime/lazy-python.ts';
import { execTable } from './exec-table.ts';
import { helpersTable } from './helpers-table.ts';
import { inlineFaultsTable } from './inline-faults-table.ts';
import { inlineTable } from './inline-table.ts';
import { payloadTable } from './payload-table.ts';
import { lineHere } from './support/inline.ts';
import { table } from './table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each(table)('$name', (row) => row.run(py));
  test.each([...inlineTable, ...inlineFaultsTable, ...execTable])('$name', (row) => row.run(py));
  test.each(helpersTable)('$name', (row) => row.run(py));
  test.each(payloadTable)('$name', (row) => row.run(py));

  it('shows helper packs and what they offer, and loads none for it that is not looked into', () => {
    expect(inspect(py.helpers)).toBe('helper packs { broken, leaves, stats, sympy }');
    expect(Object.keys(py.helpers as object)).toEqual(['broken', 'leaves', 'stats', 'sympy']);
    expect('stats' in py.helpers && !('nope' in py.helpers)).toBe(true);
    expect(Object.keys(py.helpers.stats as object)).toEqual(['OutOfBounds', 'root', 'spread']);
    expect(inspect(py.helpers.broken)).toBe('helper pack broken {  }');
    expect(py.helpers.stats.UNIT).toBe('m');
    expect(py.helpers.then).toBeUndefined();
    expect(py.helpers.stats.then).toBeUndefined();
  });

  it('execute: a handle of another worker is named', async () => {
    const call = py.execute({ call_type: 'iter', ref: 'w3.1.42' });
    await expect(call).rejects.toMatchObject({ code: 'ERR_HANDLE_ELSEWHERE' });
    await expect(call).rejects.toThrow(/w3/);
  });

  it('execute: a handle that was let go is said to be', async () => {
    const list = py.builtins.list() as { $ref: string; $dispose(): void };
    const ref = list.$ref;
    list.$dispose();
    await expect(py.execute({ call_type: 'iter', ref })).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
  });

  it('execute: `copy` holds for the call', async () => {
    const resizable = new Uint8Array(
      Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer,
    );
    const list = { call_type: 'function', module: 'builtins', method: 'len' } as const;
    const forbidden = py.execute({ ...list, args: [resizable], copy: 'forbid' });
    await expect(forbidden).rejects.toMatchObject({ code: 'ERR_COPY_REQUIRED' });
    expect(await py.execute({ ...list, args: [resizable] })).toBe(8);
  });

  it('inline: a place that is first run inside a scope runs on behind it', () => {
    const place = (x: number): number => py`${x} + 1`;
    expect(py.scope(() => place(1))).toBe(2);
    expect(py.scope(() => place(2))).toBe(3);
    expect(place(3)).toBe(4);
  });

  it('inline: the exported py is the same tag, and frames name the user’s line', () => {
    expect(lazy`${1} + 1`).toBe(2);
    const line = lineHere() + 2;
    try {
      lazy`missing`;
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ type: 'NameError', frames: [{ line }] });
    }
  });
});
