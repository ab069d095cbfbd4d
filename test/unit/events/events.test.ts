import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { expect, test } from 'vitest';

import { events, publish } from '../../../src/events/events.ts';

test('a listener and the channel get the same object, until the listener ends', () => {
  const heard: unknown[] = [];
  const onChannel = (event: unknown): void => void heard.push(event);
  subscribe('snakepit:worker.spawn', onChannel);
  const listening = events.on('worker.spawn', (event) => heard.push(event));
  publish('worker.spawn', () => ({ worker: 'w1' }));
  expect(heard).toEqual([{ worker: 'w1' }, { worker: 'w1' }]);
  expect(heard[0]).toBe(heard[1]);
  listening[Symbol.dispose]();
  unsubscribe('snakepit:worker.spawn', onChannel);
  publish('worker.spawn', () => {
    throw new Error('made for nobody');
  });
  expect(heard).toHaveLength(2);
});

test('who listens twice hears twice, and ends once each', () => {
  let count = 0;
  const listener = (): void => void (count += 1);
  const [first, second] = [events.on('warning', listener), events.on('warning', listener)];
  publish('warning', () => ({ text: 'a' }));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  publish('warning', () => ({ text: 'b' }));
  second[Symbol.dispose]();
  publish('warning', () => ({ text: 'c' }));
  expect(count).toBe(3);
});

test('what is no event, or no function, is refused at once', () => {
  expect(() => events.on('worker.died' as 'retry', () => undefined)).toThrow(
    /there is no event 'worker\.died'\. There are call\.start, /,
  );
  expect(() => events.on('retry', 7 as never)).toThrow(TypeError);
});
