import { ProtocolError } from '../errors/worker-errors.ts';
import {
  type Log,
  type Output,
  PROBE_BYTES,
  PROTOCOL,
  type RunError,
  type RunResult,
  type SharedNews,
  type StreamEnd,
  type StreamItem,
  TO_HOST,
  type WorkerHello,
  type WorkerMessage,
  type WorkerReady,
} from './message.ts';
import { list, readFailure, record, text, whole } from './failure.ts';
import { malformed } from './malformed.ts';
import { Reader, type ReadTagged } from './reader.ts';
import { readTagged } from './tagged.ts';

const LEVELS: readonly Log['level'][] = ['debug', 'info', 'warning', 'error'];

function checkHello(protocol: number, python: string, probe: Buffer): void {
  if (protocol !== PROTOCOL) {
    throw new ProtocolError(
      `the worker speaks protocol ${protocol}, and this snakepit speaks ${PROTOCOL}: its Python ` +
        'files are of another version. Install the package anew',
    );
  }
  if (probe.toString('hex') !== PROBE_BYTES) {
    throw new ProtocolError(
      `Python ${python} writes marshal data in a format that this snakepit does not know; use ` +
        'Python 3.11 to 3.14, or a newer snakepit',
    );
  }
}

type Decode = (reader: Reader) => WorkerMessage;

const DECODERS: Readonly<Record<number, readonly [fields: number, decode: Decode]>> = {
  [TO_HOST.hello]: [
    4,
    (reader): WorkerHello => {
      const protocol = whole(reader.item());
      const pid = whole(reader.item());
      const python = text(reader.item());
      checkHello(protocol, python, reader.data());
      return { kind: 'hello', protocol, pid, python };
    },
  ],
  [TO_HOST.ready]: [
    1,
    (reader): WorkerReady => {
      const modules = Object.entries(record(reader.item()));
      const known = modules.map(([name, version]) => [
        name,
        typeof version === 'string' ? version : null,
      ]);
      return { kind: 'ready', modules: Object.fromEntries(known) as WorkerReady['modules'] };
    },
  ],
  [TO_HOST.result]: [
    2,
    (reader): RunResult => {
      const id = whole(reader.item());
      const values = list(reader.item());
      const { objects, carried } = reader;
      return {
        kind: 'result',
        id,
        values,
        objects,
        ...(carried.copied > 0 ? { copiedBytes: carried.copied } : {}),
        ...(carried.shared > 0 ? { sharedBytes: carried.shared } : {}),
      };
    },
  ],
  [TO_HOST.error]: [
    2,
    (reader): RunError => ({
      kind: 'error',
      id: whole(reader.item()),
      failure: readFailure(reader.item()),
    }),
  ],
  [TO_HOST.item]: [
    2,
    (reader): StreamItem => ({
      kind: 'item',
      stream: whole(reader.item()),
      value: reader.item(),
    }),
  ],
  [TO_HOST.end]: [
    3,
    (reader): StreamEnd => {
      const stream = whole(reader.item());
      const value = reader.item();
      const failed = reader.item();
      return { kind: 'end', stream, value, failure: failed === null ? null : readFailure(failed) };
    },
  ],
  [TO_HOST.output]: [
    3,
    (reader): Output => ({
      kind: 'output',
      id: whole(reader.item()),
      stream: reader.item() === 2 ? 'stderr' : 'stdout',
      text: text(reader.item()),
    }),
  ],
  [TO_HOST.shared]: [
    2,
    (reader): SharedNews => ({
      kind: 'shared',
      grants: list(reader.item()).map(whole),
      files: list(reader.item()).map(whole),
    }),
  ],
  [TO_HOST.log]: [
    2,
    (reader): Log => ({
      kind: 'log',
      level: LEVELS[whole(reader.item())] ?? malformed('an unknown level'),
      text: text(reader.item()),
    }),
  ],
};

/**
 * The message in `bytes`, whose kind byte is at `start`; a ProtocolError for whatever is none. All
 * that it holds is copied: the bytes may be used again.
 */
export function decodeMessage(
  bytes: Buffer,
  start: number,
  end: number,
  tagged: ReadTagged = readTagged,
): WorkerMessage {
  const reader = new Reader(bytes, start + 1, end, tagged);
  const known = end > start ? DECODERS[bytes[start] as number] : undefined;
  if (known === undefined) return malformed('an unknown kind');
  const [fields, decode] = known;
  if (reader.tuple() !== fields) return malformed('another number of fields');
  const message = decode(reader);
  if (reader.position !== end) return malformed('more than its fields');
  return message;
}
