import type { Captured } from '../contract/python.ts';
import { loadBinding } from '../native/load.ts';
import { checkedBody, refuseThenable } from './checked.ts';
import { own } from './own.ts';

interface Capture {
  fail(): void;
}

/**
 * What Python printed while `body` ran, on any thread: by its `sys.stdout` and `sys.stderr`, not by
 * C code or child processes. If `body` throws, the output goes on its way and is not lost.
 */
export function capture<R>(body: () => R): Captured<R> {
  checkedBody(body, 'py.capture(body)');
  const capturing = loadBinding().callAsIs(own('output', 'Capture')) as Capture;
  let value: R;
  try {
    value = body();
    refuseThenable(value, 'py.capture(body)');
  } catch (error) {
    capturing.fail();
    throw error;
  }
  const [stdout = '', stderr = ''] = loadBinding().callAsIs(
    own('output', 'end'),
    capturing,
  ) as Iterable<string>;
  return { value, stdout, stderr };
}
