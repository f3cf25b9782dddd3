import { nodeClock } from '@streambus/runtime/node';
import { createManualClock } from '@streambus/runtime/testing';
import { describeClockCompliance } from '../src/index.ts';

describeClockCompliance('nodeClock', () => ({ clock: nodeClock, until: (promise) => promise }));

describeClockCompliance('createManualClock', () => {
  const clock = createManualClock();
  return { clock, until: (promise) => clock.until(promise) };
});
