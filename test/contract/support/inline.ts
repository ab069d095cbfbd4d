import { expect } from 'vitest';

import { PythonError } from '../../../src/errors/python-errors.ts';

/** What inline Python needs of a placement. Every value may be awaited; in-process nothing waits. */
export interface InlineFace {
  (source: TemplateStringsArray, ...values: unknown[]): any;
  import(name: string): any;
  exec(code: string, options?: { in?: Record<string, unknown>; out?: readonly string[] }): any;
}

export interface InlineRow {
  readonly name: string;
  /** Where nothing can be awaited: in this thread's Python. */
  readonly synchronous?: true;
  run(face: InlineFace): void | Promise<void>;
}

/** The Python exception that `run` ends with. */
export async function failure(run: () => unknown): Promise<PythonError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(PythonError);
    return error as PythonError;
  }
  throw new Error('no exception was raised');
}

/** The line that the caller stands in. */
export function lineHere(): number {
  const frame = new Error().stack?.split('\n')[2];
  return Number(/:(\d+):\d+\)?$/.exec(frame ?? '')?.[1]);
}
