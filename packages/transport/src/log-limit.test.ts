import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { LogLimit } from './log-limit.ts';

describe('lines that anybody can bring about', () => {
  it('one of a kind in a second, which says how many were not said', async () => {
    const clock = createManualClock();
    const limit = new LogLimit<string>(clock);
    expect(limit.admit('refusal')).toEqual({});
    await clock.advance(999);
    expect(limit.admit('refusal')).toBeUndefined();
    expect(limit.admit('refusal')).toBeUndefined();
    await clock.advance(1);
    expect(limit.admit('refusal')).toEqual({ unsaid: 2 });
    await clock.advance(1000);
    expect(limit.admit('refusal')).toEqual({});
  });

  it('each kind for itself', () => {
    const limit = new LogLimit<string>(createManualClock());
    expect(limit.admit('refusal')).toEqual({});
    expect(limit.admit('another')).toEqual({});
    expect(limit.admit('refusal')).toBeUndefined();
  });
});
