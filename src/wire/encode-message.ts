import type { EncodedBatch } from './encode-batch.ts';
import { PROTOCOL, type RunContext, TO_WORKER, type WorkerSettings } from './message.ts';
import { CODE } from './codes.ts';
import type { Writer } from './writer.ts';

/** u32 length, u8 kind; the length is filled in at the end. */
function open(writer: Writer, kind: number): number {
  const start = writer.length;
  writer.head(0, 0);
  writer.bytes[start + 4] = kind;
  return start;
}

function close(writer: Writer, start: number): void {
  writer.bytes.writeUInt32LE(writer.length - start - 4, start);
}

/** Text, numbers, booleans, lists and records: our own fields, not values of users. */
function plain(writer: Writer, value: unknown): void {
  if (value === null || value === undefined) writer.none();
  else if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'number') writer.number(value);
  else if (typeof value === 'boolean') writer.boolean(value);
  else if (Array.isArray(value)) {
    writer.head(CODE.list, value.length);
    for (const item of value as unknown[]) plain(writer, item);
  } else {
    writer.code(CODE.dict);
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      writer.name(key);
      plain(writer, item);
    }
    writer.code(CODE.null);
  }
}

/** Frames to a worker, appended to `writer`. */
export const frames = {
  hello(writer: Writer, settings: WorkerSettings): void {
    const start = open(writer, TO_WORKER.hello);
    plain(writer, [PROTOCOL, settings]);
    close(writer, start);
  },

  run(writer: Writer, id: number, batch: EncodedBatch, context: RunContext | null): void {
    const start = open(writer, TO_WORKER.run);
    // The batch is the last two fields, encoded before: its refs count from its own begin.
    writer.head(CODE.tuple, 4);
    writer.number(id);
    plain(writer, context);
    writer.raw(batch.bytes);
    close(writer, start);
  },

  release(writer: Writer, handles: readonly number[]): void {
    const start = open(writer, TO_WORKER.release);
    plain(writer, handles);
    close(writer, start);
  },

  credit(writer: Writer, id: number, stream: number, count: number): void {
    const start = open(writer, TO_WORKER.credit);
    plain(writer, [id, stream, count]);
    close(writer, start);
  },

  close(writer: Writer, id: number, stream: number): void {
    const start = open(writer, TO_WORKER.close);
    plain(writer, [id, stream]);
    close(writer, start);
  },

  /** Leases that end, files of ours that are gone. */
  shared(writer: Writer, leases: readonly number[], files: readonly number[]): void {
    const start = open(writer, TO_WORKER.shared);
    plain(writer, [leases, files]);
    close(writer, start);
  },

  shutdown(writer: Writer): void {
    const start = open(writer, TO_WORKER.shutdown);
    plain(writer, []);
    close(writer, start);
  },
} as const;
