import { fileURLToPath } from 'node:url';

/** A place in the user's source, as an editor counts. */
export interface CallSite {
  readonly file: string;
  readonly line: number;
  /** In UTF-16 units, from 1. */
  readonly column: number;
}

type Entrance = (...args: never) => unknown;

// What users call, the outermost first: their own frame is the one below.
const entrances: Entrance[] = [];

/** Says that `entrance` stands between the user and {@link callSite}. */
export function noteEntrance<F extends Entrance>(entrance: F): F {
  entrances.push(entrance);
  return entrance;
}

/** The text of V8, so that source maps (`node --enable-source-maps`) hold. */
function frameBelow(entrance: Entrance): string {
  const limit = Error.stackTraceLimit;
  const holder: { stack?: unknown } = {};
  Reflect.set(Error, 'stackTraceLimit', 1);
  // Empty where the entrance is not among the callers.
  Error.captureStackTrace(holder, entrance);
  const { stack } = holder;
  Reflect.set(Error, 'stackTraceLimit', limit);
  // A user's own Error.prepareStackTrace may give anything.
  return typeof stack === 'string' ? (/^ {4}at (.*)$/m.exec(stack)?.[1] ?? '') : '';
}

function readFrame(frame: string): CallSite | null {
  // `function (place)`, or the place alone.
  const place = frame.endsWith(')') ? frame.slice(frame.indexOf(' (') + 2, -1) : frame;
  const [, file = '', line, column] = /^(.+):(\d+):(\d+)$/.exec(place) ?? [];
  // Code of eval() and of new Function() is in no file.
  if (file === '' || file.includes('eval at ') || file.startsWith('node:')) return null;
  try {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    return { file: path, line: Number(line), column: Number(column) };
  } catch {
    return null;
  }
}

/** Where the user called; null where that is in no file. Takes some microseconds. */
export function callSite(innermost: Entrance): CallSite | null {
  for (const entrance of [...entrances, innermost]) {
    const frame = frameBelow(entrance);
    if (frame !== '') return readFrame(frame);
  }
  return null;
}
