import { channel } from 'node:diagnostics_channel';

/** What a pool tells whoever watches, by name: `snakepit:worker.spawn`, `snakepit:retry`, … */
export type PoolEvent =
  | 'worker.spawn'
  | 'worker.ready'
  | 'worker.exit'
  | 'call.start'
  | 'call.end'
  | 'retry'
  | 'breaker'
  | 'quarantine'
  | 'queue.full'
  | 'recycle'
  | 'warning';

/** Costs a look at a flag where nobody listens; the object is made only for listeners. */
export function publish(name: PoolEvent, detail: () => object): void {
  const to = channel(`snakepit:${name}`);
  if (to.hasSubscribers) to.publish(detail());
}
