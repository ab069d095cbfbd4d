import { channel, type Channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

import type { EventMap, EventName, Events } from '../contract/events.ts';

const PREFIX = 'snakepit:';

const NAMES = [
  'call.start',
  'call.end',
  'call.error',
  'retry',
  'worker.spawn',
  'worker.ready',
  'worker.taint',
  'worker.exit',
  'fallback',
  'breaker',
  'quarantine',
  'queue.full',
  'recycle',
  'warning',
] as const satisfies readonly EventName[];

const channels: Partial<Record<EventName, Channel>> = {};

// Made when first asked for: who watches nothing does not pay for it at start-up.
function channelOf(name: EventName): Channel {
  return (channels[name] ??= channel(PREFIX + name));
}

/** Costs a look at a flag where nobody listens; the object is made only for listeners. */
export function publish<N extends EventName>(name: N, detail: () => EventMap[N]): void {
  const to = channelOf(name);
  if (to.hasSubscribers) to.publish(detail());
}

export const events: Events = Object.freeze<Events>({
  on(name, listener) {
    if (!NAMES.includes(name)) {
      throw new TypeError(`events.on: there is no event '${name}'. There are ${NAMES.join(', ')}.`);
    }
    if (typeof listener !== 'function') {
      throw new TypeError('events.on: the second argument has to be a function.');
    }
    // A function of our own: the same listener may listen twice, and ends once each.
    const hear = (event: unknown): void => {
      listener(event as Parameters<typeof listener>[0]);
    };
    subscribe(PREFIX + name, hear);
    return {
      [Symbol.dispose]: () => {
        unsubscribe(PREFIX + name, hear);
      },
    };
  },
});
