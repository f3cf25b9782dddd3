import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { peerDownReasons } from '../reasons.ts';
import { Outage } from './outage.ts';

describe('the breaker', () => {
  it('opens once the peer has been away for so long, and closes when it is back', async () => {
    const clock = createManualClock();
    let opened = 0;
    const outage = new Outage(clock, 3000, () => opened++);
    outage.begin(undefined);
    await clock.advance(2999);
    expect([outage.breakerIsOpen, opened]).toEqual([false, 0]);
    await clock.advance(1);
    expect([outage.breakerIsOpen, opened]).toEqual([true, 1]);
    outage.end();
    expect([outage.breakerIsOpen, clock.pendingTimers]).toEqual([false, 0]);
    outage.begin('silent');
    await clock.advance(3000);
    expect([outage.breakerIsOpen, opened]).toEqual([true, 2]);
  });

  it('does not open for an outage that was shorter', async () => {
    const clock = createManualClock();
    const outage = new Outage(clock, 3000, () => expect.unreachable());
    for (let time = 0; time < 10; time++) {
      outage.begin('reset');
      await clock.advance(2999);
      outage.end();
    }
    expect([outage.breakerIsOpen, clock.pendingTimers]).toEqual([false, 0]);
  });
});

const ofDeath = ['stopped', 'ended', 'reset'];

describe('what a refused attempt proves', () => {
  it.each([undefined, ...peerDownReasons])('after %s', (reason) => {
    const outage = new Outage(createManualClock(), 3000, () => {});
    outage.begin(reason);
    expect(outage.provesGone()).toBe(reason !== undefined && ofDeath.includes(reason));
    expect(outage.provesGone()).toBe(false);
  });

  it('is forgotten with the next connection', () => {
    const outage = new Outage(createManualClock(), 3000, () => {});
    outage.begin('reset');
    outage.end();
    outage.begin('silent');
    expect(outage.provesGone()).toBe(false);
  });
});

describe('an attempt that was lost', () => {
  it.each([undefined, ...peerDownReasons])('after %s', (reason) => {
    const outage = new Outage(createManualClock(), 3000, () => {});
    outage.begin(reason);
    expect(outage.mayBeEnding('lost')).toBe(reason !== undefined && ofDeath.includes(reason));
    expect(outage.mayBeEnding('lost')).toBe(false);
  });

  it('is as any other when another has failed before it', () => {
    const outage = new Outage(createManualClock(), 3000, () => {});
    outage.begin('reset');
    expect(outage.mayBeEnding('refused')).toBe(false);
    expect(outage.mayBeEnding('lost')).toBe(false);
  });
});

it('a failure is news when it is another one than the last, or the first of an outage', () => {
  const outage = new Outage(createManualClock(), 3000, () => {});
  const failures = ['refused', 'refused', 'timeout', 'refused', 'refused'] as const;
  expect(failures.map((failure) => outage.isNews(failure))).toEqual([true, false, true, true, false]);
  outage.end();
  expect(outage.isNews('refused')).toBe(true);
});
