import { describe, expect, it } from 'vitest';
import { logIndex, noLimit } from './identifiers.ts';
import { Progress } from './progress.ts';

function createProgress(match: number, next: number, maxInflightMessages = 2): Progress {
  const start = { match: logIndex(match), next: logIndex(next), learner: false, recentActive: true };
  return new Progress({ ...start, maxInflightMessages, maxInflightBytes: noLimit });
}

describe('a follower that is probed', () => {
  it('gets one append with entries at a time', () => {
    const progress = createProgress(0, 5);
    progress.entriesSent(2, 10);
    expect(progress.paused).toBe(true);
    expect(progress.next).toBe(5);
  });

  it('gets it again when a heartbeat is answered, at once or after the time that it is given', () => {
    const progress = createProgress(0, 5);
    progress.entriesSent(2, 10);
    progress.heartbeatAnswered(2);
    expect(progress.paused).toBe(true);
    progress.tick();
    progress.tick();
    progress.heartbeatAnswered(2);
    expect(progress.paused).toBe(false);
    progress.entriesSent(2, 10);
    progress.heartbeatAnswered(0);
    expect(progress.paused).toBe(false);
  });

  it('gets it again at the next heartbeat that is answered when it is known to be lost', () => {
    const progress = createProgress(0, 5);
    progress.entriesSent(2, 10);
    progress.becomeUnreachable();
    expect(progress.paused).toBe(true);
    progress.heartbeatAnswered(100);
    expect(progress.paused).toBe(false);
  });

  it('is not held back by an earlier probe when a snapshot did not arrive', () => {
    const progress = createProgress(0, 5);
    progress.entriesSent(2, 10);
    progress.becomeSnapshot(logIndex(20));
    progress.becomeProbe();
    progress.flowPaused = true;
    progress.heartbeatAnswered(100);
    expect(progress.paused).toBe(false);
  });

  it('goes back to its hint, never behind what is known to match', () => {
    const progress = createProgress(3, 10);
    expect(progress.maybeDecrease(logIndex(9), logIndex(6))).toBe(true);
    expect(progress.next).toBe(7);
    expect(progress.maybeDecrease(logIndex(6), logIndex(0))).toBe(true);
    expect(progress.next).toBe(4);
  });

  it('is not moved by an old refusal', () => {
    const progress = createProgress(0, 10);
    expect(progress.maybeDecrease(logIndex(7), logIndex(2))).toBe(false);
    expect(progress.next).toBe(10);
  });
});

describe('a follower that is replicated to', () => {
  it('gets entries optimistically until its pipeline is full', () => {
    const progress = createProgress(4, 5);
    progress.becomeReplicate();
    progress.entriesSent(3, 10);
    expect([progress.next, progress.paused]).toEqual([8, false]);
    progress.entriesSent(1, 10);
    expect([progress.next, progress.paused]).toEqual([9, true]);
    progress.maybeUpdate(logIndex(7));
    progress.inflights.freeTo(logIndex(7));
    expect([progress.match, progress.paused, progress.inflights.count]).toEqual([7, false, 1]);
  });

  it('goes back to what matches when it refuses', () => {
    const progress = createProgress(4, 5);
    progress.becomeReplicate();
    progress.entriesSent(3, 10);
    expect(progress.maybeDecrease(logIndex(4), logIndex(0))).toBe(false);
    expect(progress.maybeDecrease(logIndex(6), logIndex(2))).toBe(true);
    expect(progress.next).toBe(5);
  });
});

describe('a follower that waits for a snapshot', () => {
  it('gets nothing until it arrived or failed', () => {
    const progress = createProgress(0, 1);
    progress.becomeSnapshot(logIndex(20));
    expect([progress.paused, progress.next]).toEqual([true, 21]);
    progress.becomeProbe();
    expect([progress.paused, progress.next, progress.pendingSnapshot]).toEqual([false, 21, 0]);
  });

  it('is probed from what matches when it failed', () => {
    const progress = createProgress(3, 4);
    progress.becomeSnapshot(logIndex(20));
    progress.pendingSnapshot = logIndex(0);
    progress.becomeProbe();
    expect(progress.next).toBe(4);
  });
});

describe('the commit index on its way to a follower', () => {
  it('is worth sending only while it could advance the follower', () => {
    const progress = createProgress(8, 11);
    progress.commitSent(logIndex(7));
    expect(progress.canBumpCommit(logIndex(7))).toBe(false);
    expect(progress.canBumpCommit(logIndex(9))).toBe(true);
    progress.commitSent(logIndex(10));
    expect(progress.canBumpCommit(logIndex(12))).toBe(false);
  });
});
