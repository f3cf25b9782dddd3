import { createManualClock } from '@streambus/runtime/testing';
import { expect, it } from 'vitest';
import { LogLimit } from './log-limit.ts';

it('one line of each kind in a second, and how many there were between two', async () => {
  const clock = createManualClock();
  const limit = new LogLimit<string>(clock);
  expect([limit.admit('a'), limit.admit('a'), limit.admit('b'), limit.admit('a')]).toEqual([
    {},
    undefined,
    {},
    undefined,
  ]);
  await clock.advance(999);
  expect(limit.admit('a')).toBeUndefined();
  await clock.advance(1);
  expect([limit.admit('a'), limit.admit('a'), limit.admit('b')]).toEqual([{ unsaid: 3 }, undefined, {}]);
  await clock.advance(5000);
  expect([limit.admit('a'), limit.admit('b')]).toEqual([{ unsaid: 1 }, {}]);
});
