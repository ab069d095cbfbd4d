import { loadBinding } from '../native/load.ts';

const SIGNAL = 'SIGINT';

/**
 * Ctrl-C ends a process that does not listen to it. Where the host listens, its listener cannot run
 * before the call into Python returns: so the call ends with KeyboardInterrupt. Main thread only.
 */
export function followInterrupts(): void {
  const listen = (on: boolean): void => {
    loadBinding().listenToInterrupts(on);
  };
  // Told before the listener is added, and after it was removed.
  process.on('newListener', (name) => {
    if (name === SIGNAL) listen(true);
  });
  process.on('removeListener', (name) => {
    if (name === SIGNAL) listen(process.listenerCount(SIGNAL) > 0);
  });
  if (process.listenerCount(SIGNAL) > 0) listen(true);
}
