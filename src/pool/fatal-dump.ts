import type { Frame } from '../contract/exception-record.ts';

/** What Python's faulthandler wrote into a worker's crash file. */
export interface FatalDump {
  /** `Segmentation fault`; null where Python was only asked where it stands. */
  readonly fatal: string | null;
  /** Of the thread that it happened on, outermost first. */
  readonly stack: readonly Frame[];
}

const FRAME: RegExp = /^ {2}File "(.*)", line (\d+|\?\?\?) in (.*)$/;
const THREAD: RegExp = /^(Current thread|Thread) 0x[0-9a-f]+.*:$/;
// Of C, from Python 3.14 on; its lines are no frames of Python.
const C_STACK: RegExp = /^Current thread's C stack/;

// More frames than anyone reads; a dump has up to a hundred a thread.
const MOST_FRAMES = 100;

interface Thread {
  readonly current: boolean;
  readonly frames: Frame[];
}

/** faulthandler writes what is not ASCII as \xhh, \uhhhh or \Uhhhhhhhh. */
function unescape(text: string): string {
  return text.replace(/\\(?:x(..)|u(.{4})|U(.{8}))/g, (whole, ...parts: (string | undefined)[]) => {
    const code = Number.parseInt(parts.slice(0, 3).find((part) => part !== undefined) ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** A part of a text holds the whole, and obituaries are kept: a thousand dumps are 64 MB. */
function copyOf(part: string): string {
  return Buffer.from(part).toString();
}

function readThreads(lines: readonly string[]): readonly Thread[] {
  const threads: Thread[] = [];
  let thread: Thread | null = null;
  for (const line of lines) {
    if (C_STACK.test(line)) thread = null;
    const header = THREAD.exec(line);
    if (header !== null) {
      thread = { current: header[1] === 'Current thread', frames: [] };
      threads.push(thread);
    }
    const frame = FRAME.exec(line);
    if (thread === null || frame === null || thread.frames.length >= MOST_FRAMES) continue;
    const [, file = '', number = '', name = ''] = frame;
    const row = Number.isNaN(Number(number)) ? 0 : Number(number);
    thread.frames.push({ file: unescape(file), line: row, col: 0, function: name, code: '' });
  }
  return threads;
}

/**
 * Reads the last dump of a crash file. Whatever a worker wrote there, the answer is well-formed.
 * Frames below `own` (the folder of the worker's own code) are left out.
 */
export function parseFatalDump(text: string, own: string | null = null): FatalDump {
  const begin = text.lastIndexOf('Fatal Python error: ');
  const lines = text.slice(Math.max(0, begin)).split('\n');
  const fatal =
    begin < 0 ? null : copyOf((lines[0] ?? '').slice('Fatal Python error: '.length).trim());
  const threads = readThreads(lines);
  // A crash happened on the current thread. A question may be answered by any thread; the main one,
  // where calls run, is the oldest and stands last.
  const thread =
    (fatal === null ? undefined : threads.find(({ current }) => current)) ?? threads.at(-1);
  const stack = (thread?.frames ?? []).toReversed();
  return { fatal, stack: own === null ? stack : stack.filter(({ file }) => !file.startsWith(own)) };
}
