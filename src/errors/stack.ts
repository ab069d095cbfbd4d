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

/** V8's text without its first line, which names no Python error, and without the bridge on top. */
function jsFrames(text: unknown): string {
  // A user's own Error.prepareStackTrace may give anything.
  if (typeof text !== 'string') return '';
  const start = text.search(/^ {4}at /m);
  if (start === -1) return '';
  const lines = text.slice(start).split('\n');
  const first = lines.findIndex((one) => !OWN.some((folder) => one.includes(folder)));
  return lines.slice(Math.max(first, 0)).join('\n');
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
  const rest = jsFrames(js);
  if (rest !== '') lines.push(rest);
  return lines.join('\n');
}
