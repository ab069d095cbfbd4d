import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { KeptObject, ModuleName, RemoteObject, StepResult } from '../../src/contract/batch.ts';
import { packageRoot } from '../../src/native/load.ts';
import { decodeMessage } from '../../src/wire/decode-message.ts';
import { tensor } from '../../src/tensor/make.ts';
import { encodeBatch } from '../../src/wire/encode-batch.ts';
import { frames } from '../../src/wire/encode-message.ts';
import { Failure, PROBE_BYTES, TensorReply, type WorkerMessage } from '../../src/wire/message.ts';
import { Writer } from '../../src/wire/writer.ts';
import { python } from './support/worker.ts';

/**
 * Frames as files: whoever changes the wire sees which bytes change, and must raise PROTOCOL if they
 * mean something else. SNAKEPIT_GOLDEN=write writes them anew.
 */
const folder = new URL('../fixtures/frames/', import.meta.url);
const rewrite = process.env['SNAKEPIT_GOLDEN'] === 'write';

function golden(name: string, made: Buffer | null): Buffer {
  const file = new URL(`${name}.hex`, folder);
  if (rewrite && made !== null && !(name.endsWith('-data') && existsSync(file))) {
    const lines = made.toString('hex').match(/.{1,80}/g) ?? [];
    writeFileSync(file, `# ${name}\n${lines.join('\n')}\n`);
  }
  return Buffer.from(readFileSync(file, 'utf8').replace(/#.*/g, '').replace(/\s/g, ''), 'hex');
}

function frame(write: (writer: Writer) => void): Buffer {
  const writer = new Writer(2 ** 20, () => {
    throw new Error('too large');
  });
  write(writer);
  return writer.take();
}

const cycle: unknown[] = [1n];
cycle.push(cycle);

const toWorker: Record<string, Buffer> = {
  hello: frame((writer) => {
    frames.hello(writer, {
      ...{ preload: ['numpy'], maxFrame: 2 ** 26, maxHandles: 100, firstHandle: 2 ** 32 },
      helpers: { sympy: '/project/sympy.py' },
      env: { A: 'b' },
    });
  }),
  run: frame((writer) => {
    const batch = encodeBatch({
      steps: [
        { op: 'function', target: new ModuleName('math'), name: 'sqrt', args: [2] },
        { op: 'call', target: new KeptObject(2 ** 32 + 1), args: [new StepResult(0)] },
        { op: 'method', target: new StepResult(1), name: 'a.b', kwargs: { x: null, y: undefined } },
      ],
      returns: [
        { step: 0, want: 'value' },
        { step: 2, want: 'auto' },
      ],
    });
    frames.run(writer, 7, batch, { key: 'k', attempt: 1, capture: true });
  }),
  values: frame((writer) => {
    const args = [
      ...[null, undefined, true, false, 0, -1, 2 ** 31, 2 ** 53 - 1, -0, 0.5, 'a', 'ž\ud800'],
      ...[
        5n,
        -(2n ** 64n),
        [1, [2]],
        { a: 1, b: [2n] },
        new Map([[1, 'x']]),
        new Map([[true, 1n]]),
      ],
      ...[new Set(['a']), new Set([1n]), new Date(1.5e12), new Uint8Array([1, 2])],
      ...[new Float32Array([1.5]), new ModuleName('math'), new KeptObject(9)],
    ];
    const steps = [{ op: 'call', target: new KeptObject(1), args } as const];
    frames.run(writer, 1, encodeBatch({ steps, returns: [] }), null);
  }),
  cycle: frame((writer) => {
    const steps = [{ op: 'call', target: new KeptObject(1), args: [cycle] } as const];
    frames.run(writer, 2 ** 40, encodeBatch({ steps, returns: [] }), null);
  }),
  release: frame((writer) => {
    frames.release(writer, [1, 2 ** 32]);
  }),
  credit: frame((writer) => {
    frames.credit(writer, 3, 1, 16);
  }),
  close: frame((writer) => {
    frames.close(writer, 4, 1);
  }),
  shared: frame((writer) => {
    frames.shared(writer, [1, 2 ** 33], [5]);
  }),
  // An array and bytes over the same block, and what the context says of it.
  blocks: frame((writer) => {
    const args = [new Float32Array([1.5]), tensor(new Int16Array(6), [3, 2], { strides: [1, 3] })];
    const block = { file: 12, address: 4096, descriptor: 3, bytes: 8192 };
    const sink = {
      put: () => 0,
      free: () => undefined,
      shared: {
        share: (view: ArrayBufferView) => ({ block, offset: 4096 + view.byteOffset }),
        letGo: () => undefined,
      },
    };
    const more = [new Uint8Array(2 ** 16), tensor(new Int32Array(4), [2, 2])];
    const steps = [{ op: 'call', target: new KeptObject(1), args: [...args, ...more] } as const];
    const batch = encodeBatch({ steps, returns: [] }, undefined, sink);
    frames.run(writer, 3, batch, { shared: [[4, 12, 8192]], forbid: true });
  }),
  shutdown: frame((writer) => {
    frames.shutdown(writer);
  }),
};

/** Written by Python, as `_snakepit.wire` does it. */
const WRITE = `
import marshal, os, sys, types
package = types.ModuleType("_snakepit")
package.__path__ = [sys.argv[1]]
sys.modules["_snakepit"] = package
from _snakepit import records, wire
handle = (..., wire.TAGS["handle"], 2**32 + 5, 9, "numpy.ndarray", 80)
tensor = (..., wire.TAGS["tensor"], "int16", [1, 2], b"\\x01\\x00\\x02\\x00")
error = {"record": {"type": "ValueError", "module": "builtins", "mro": ["builtins.ValueError"],
    "message": "no", "args": ["no", 1], "notes": ["n"], "frames": [["f.py", 3, 1, "g", "g()"]],
    "cause": None}, "code": "", "message": "", "path": ""}
failed = (..., wire.TAGS["failed"], records.own("ERR_CONVERSION", "args[0]: no", "args[0]"))
probe = marshal.dumps(wire.PROBE, wire.FLAT)
shared = [1]
data = {"a": shared, "b": shared, "m": (..., wire.TAGS["map"], [1, (..., wire.TAGS["set"], [2])])}
messages = {
    "hello": ("hello", (wire.PROTOCOL, 42, "3.11.7", probe), 2),
    "ready": ("ready", ({"numpy": "2.4.6", "json": None},), 2),
    "result": ("result", (7, [None, True, 1, 2**40, 2**53, -0.5, "a", "\\u017e\\ud800", b"x",
        handle, tensor, failed, (..., wire.TAGS["bigint"], 5), (..., wire.TAGS["date"], 1.5e12),
        (..., wire.TAGS["undefined"])]), 2),
    "data": ("result", (8, [data]), 4),
    "error": ("error", (9, error), 2),
    "item": ("item", (1, [1]), 2),
    "end": ("end", (1, None, error), 2),
    "output": ("output", (7, 2, "text\\n"), 2),
    "log": ("log", (2, "careful"), 2),
    "shared": ("shared", ([1, 2**33], [7]), 2),
}
for name, (kind, fields, version) in messages.items():
    body = marshal.dumps(fields, version)
    read, write = os.pipe()
    wire.write(write, wire.TO_HOST[kind], body)
    print(name, os.read(read, 65536).hex())
`;

const record = {
  ...{ type: 'ValueError', module: 'builtins', mro: ['builtins.ValueError'], message: 'no' },
  ...{ args: ['no', 1], notes: ['n'], cause: null, errors: undefined, context: null },
  frames: [{ file: 'f.py', line: 3, col: 1, function: 'g', code: 'g()' }],
};
const failure = new Failure(record, '', '', '');
const shared = [1];

const toHost: Record<string, WorkerMessage> = {
  hello: { kind: 'hello', protocol: 1, pid: 42, python: '3.11.7' },
  ready: { kind: 'ready', modules: { numpy: '2.4.6', json: null } },
  result: {
    kind: 'result',
    id: 7,
    values: [
      ...[null, true, 1, 2 ** 40, 2n ** 53n, -0.5, 'a', 'ž\ud800', new Uint8Array([0x78])],
      new RemoteObject(2 ** 32 + 5, 9, 'numpy.ndarray', 80),
      new TensorReply('int16', [1, 2], new Int16Array([1, 2])),
      new Failure(null, 'ERR_CONVERSION', 'args[0]: no', 'args[0]'),
      ...[5n, new Date(1.5e12), undefined],
    ],
    objects: [2 ** 32 + 5],
    copiedBytes: 4,
  },
  data: {
    kind: 'result',
    id: 8,
    values: [{ a: shared, b: shared, m: new Map([[1, new Set([2])]]) }],
    objects: [],
  },
  error: { kind: 'error', id: 9, failure },
  item: { kind: 'item', stream: 1, value: [1] },
  end: { kind: 'end', stream: 1, value: null, failure },
  output: { kind: 'output', id: 7, stream: 'stderr', text: 'text\n' },
  log: { kind: 'log', level: 'warning', text: 'careful' },
  shared: { kind: 'shared', grants: [1, 2 ** 33], files: [7] },
};

describe('golden frames', () => {
  test.each(Object.entries(toWorker))('to a worker: %s', (name, made) => {
    expect(made.toString('hex')).toBe(golden(`to-worker-${name}`, made).toString('hex'));
  });

  const folderOfPython = join(packageRoot, 'python', 'snakepit');
  const { stdout } = spawnSync(python, ['-c', WRITE, folderOfPython], { encoding: 'utf8' });
  const written = new Map(
    stdout.split('\n').map((line) => {
      const [name = '', hex = ''] = line.split(' ');
      return [name, Buffer.from(hex, 'hex')];
    }),
  );

  test.each(Object.entries(toHost))('to the host: %s', (name, message) => {
    const made = written.get(name) as Buffer;
    const kept = golden(`to-host-${name}`, made);
    expect(decodeMessage(kept, 4, kept.length)).toEqual(message);
    expect(decodeMessage(made, 4, made.length)).toEqual(message);
    // What is marked in data that may be shared depends on how often CPython refers to it.
    if (name !== 'data') expect(made.toString('hex')).toBe(kept.toString('hex'));
  });

  test('the probe is one of them', () => {
    expect(golden('to-host-hello', null).toString('hex')).toContain(PROBE_BYTES);
  });
});
