import { fileURLToPath } from 'node:url';

import type { Frame } from '../contract/exception-record.ts';

// Recursion gives a thousand frames that say the same; the innermost ones hold the fault.
const FRAME_LIMIT = 100;

function line(frame: Frame): string {
  const parts = [frame.file];
  if (frame.line > 0) parts.push(String(frame.line));
  if (frame.line > 0 && frame.col > 0) parts.push(String(frame.col));
  return `    at ${frame.function} (${parts.join(':')})`;
}

/** Where our own modules lie, in the spellings of a stack: src/, or dist/ once bundled. */
const OWN = [new URL('..', import.meta.url).href, fileURLToPath(new URL('..', import.meta.url))];

const isOwn = (line: string): boolean => OWN.some((folder) => line.includes(folder));

/** V8's lines without the first, which names no Python error, and without the bridge on top. */
function jsFrames(text: unknown): readonly string[] {
  // A user's own Error.prepareStackTrace may give anything.
  if (typeof text !== 'string') return [];
  const start = text.search(/^ {4}at /m);
  if (start === -1) return [];
  const lines = text.slice(start).split('\n');
  const first = lines.findIndex((one) => !isOwn(one));
  return lines.slice(Math.max(first, 0));
}

/** [function, file, line, column] */
type Place = readonly [string, string, number, number];

function placeOf(line: string): readonly Place[] {
  const [, named, inBrackets, alone] = /^ {4}at (?:(.*) \((.*)\)|(.*))$/.exec(line) ?? [];
  const [, file, row, column] = /^(.*):(\d+):(\d+)$/.exec(inBrackets ?? alone ?? '') ?? [];
  if (file === undefined || file.startsWith('node:')) return [];
  return [[named ?? '<anonymous>', file, Number(row), Number(column)]];
}

/** The frames of one stack that are no more in a later one; both as V8 writes them. */
export function framesSince(before: unknown, now: unknown): readonly Place[] {
  const [then, rest] = [jsFrames(before), jsFrames(now)];
  // V8 shows some of the frames only, so that the two may end at different ones.
  const isRest = (from: number): boolean =>
    then.slice(from).every((line, i) => i >= rest.length || line === rest[i]);
  const left = rest.length === 0 ? -1 : then.findIndex((_, from) => isRest(from));
  return then
    .slice(0, left === -1 ? then.length : left)
    .filter((line) => !isOwn(line))
    .flatMap(placeOf);
}

/**
 * One trace from Python's innermost frame out to JavaScript, in V8's order and spelling, so that
 * every tool that reads a stack reads this one.
 */
export function mergedStack(header: string, frames: readonly Frame[], js: unknown): string {
  const lines = [header];
  const inner = frames.slice(-FRAME_LIMIT).reverse();
  for (const frame of inner) lines.push(line(frame));
  const left = frames.length - inner.length;
  if (left > 0) lines.push(`    at ... ${String(left)} more Python frames`);
  return [...lines, ...jsFrames(js)].join('\n');
}
