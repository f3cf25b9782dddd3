import { describe, expect, it } from 'vitest';
import { namesIn } from './support/files.ts';
import { appendFrames, createBench, frame, offsetsIn, readAll } from './support/test-log.ts';

describe('segments', () => {
  it('roll by size: none is larger, but for a frame that is', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 12);
    log.append(frame(12, 1000));
    appendFrames(log, 1);
    await clock.until(log.flush());
    const names = (await namesIn(disk)).filter((name) => name.endsWith('.log'));
    expect(names.map((name) => Number(name.slice(0, 20)))).toEqual([0, 5, 10, 12, 13]);
    expect(log.counters.rolls).toBe(4);
  });

  it('roll by age, at the next append', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ segmentAgeMs: 1000 });
    appendFrames(log, 1);
    await clock.until(log.flush());
    await clock.advance(999);
    appendFrames(log, 1);
    await clock.until(log.flush());
    expect(log.segmentCount).toBe(1);
    await clock.advance(1);
    appendFrames(log, 1);
    await clock.until(log.flush());
    expect(log.segmentCount).toBe(2);
  });

  it('hold no timer while nothing happens', async () => {
    const { open, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 5);
    await clock.until(log.flush());
    expect(clock.pendingTimers).toBe(0);
    expect(log.queuedBytes).toBe(0);
  });
});

describe('retain', () => {
  it('by size: the oldest segments go while enough remains', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 20);
    await clock.until(log.flush());
    expect(await clock.until(log.retain({ nowMs: 0, retentionBytes: 520 }))).toBe(2);
    expect([log.startOffset, log.segmentCount, log.sizeBytes]).toEqual([10, 2, 520]);
    expect(await clock.until(log.retain({ nowMs: 0, retentionBytes: 0 }))).toBe(1);
    expect(log.startOffset).toBe(15);
  });

  it('by time: by the latest timestamp of each, and the active one is rolled first', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    for (let index = 0; index < 12; index++) log.append(frame(index, 20, 1, 1000 * index));
    await clock.until(log.flush());
    expect(await clock.until(log.retain({ nowMs: 10_000, retentionMs: 5000 }))).toBe(1);
    expect(log.startOffset).toBe(5);
    expect(await clock.until(log.retain({ nowMs: 20_000, retentionMs: 5000 }))).toBe(2);
    expect([log.startOffset, log.endOffset, log.segmentCount, log.sizeBytes]).toEqual([12, 12, 0, 0]);
    expect((await namesIn(disk)).filter((name) => name !== 'log-checkpoint')).toEqual([]);
    disk.crash('unsynced');
    const again = await open();
    expect([again.log.startOffset, again.log.endOffset]).toEqual([12, 12]);
    appendFrames(again.log, 1);
    await clock.until(again.log.flush());
    expect(offsetsIn(await clock.until(readAll(again.log)))).toEqual([12]);
  });

  it('keeps what the owner still needs', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 20);
    await clock.until(log.flush());
    expect(await clock.until(log.retain({ nowMs: 0, retentionBytes: 0, belowOffset: 9 }))).toBe(1);
    expect(log.startOffset).toBe(5);
  });
});

describe('truncatePrefix', () => {
  it('moves the start inside a segment, durably, and removes those below', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 20);
    await clock.until(log.truncatePrefix(12));
    await expect(log.read({ fromOffset: 11, maxBytes: 1 })).rejects.toMatchObject({ code: 'LOG_OFFSET_OUT_OF_RANGE' });
    disk.crash('unsynced');
    const again = await open({ segmentBytes: 300 });
    expect([again.log.startOffset, again.log.segmentCount]).toEqual([12, 2]);
    expect(offsetsIn(await clock.until(readAll(again.log)))).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('refuses an offset past the end', async () => {
    const { open } = createBench();
    const { log } = await open();
    await expect(log.truncatePrefix(1)).rejects.toMatchObject({ code: 'LOG_OFFSET_OUT_OF_RANGE' });
  });
});

describe('truncateSuffix', () => {
  it('cuts across segments, durably, and rejects who waited for what is gone', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open({ segmentBytes: 300, sync: { kind: 'os' } });
    appendFrames(log, 20);
    await clock.until(log.whenWritten(20));
    await clock.until(log.flush());
    await clock.until(log.checkpoint());
    expect(await clock.until(log.truncateSuffix(8))).toBe(8);
    expect([log.endOffset, log.durableEndOffset, log.segmentCount]).toEqual([8, 8, 2]);
    disk.crash('unsynced');
    const again = await open({ segmentBytes: 300 });
    expect(offsetsIn(await clock.until(readAll(again.log)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('takes the whole frame that reaches past the offset, and says where the log now ends', async () => {
    const { open, clock } = createBench();
    const { log } = await open();
    for (const offset of [0, 10, 20]) log.append(frame(offset, 20, 10));
    await clock.until(log.flush());
    expect(await clock.until(log.truncateSuffix(25))).toBe(20);
    expect(await clock.until(log.truncateSuffix(20))).toBe(20);
    expect(await clock.until(log.truncateSuffix(3))).toBe(0);
  });

  it('refuses appends until it is done', async () => {
    const { open, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 10);
    const durable = log.whenDurable(10);
    const cut = log.truncateSuffix(5);
    expect(() => log.append(frame(10))).toThrow(expect.objectContaining({ code: 'LOG_BUSY', retriable: true }));
    await clock.until(cut);
    await durable;
    log.append(frame(5));
    await clock.until(log.flush());
    expect(log.durableEndOffset).toBe(6);
  });

  it('shows the cut to time lookups', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ indexIntervalBytes: 100 });
    for (let index = 0; index < 30; index++) log.append(frame(index, 20, 1, 1000 + index));
    await clock.until(log.truncateSuffix(10));
    expect((await clock.until(log.latestTimestamp()))?.firstOffset).toBe(9);
    expect(await clock.until(log.offsetForTimestamp(1015))).toBeUndefined();
    expect(await clock.until(log.offsetForTimestamp(1004))).toEqual({
      firstOffset: 4,
      nextOffset: 5,
      maxTimestampMs: 1004,
    });
  });
});

describe('reset', () => {
  it('drops everything and begins anew, durably', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 20);
    await clock.until(log.reset(1000));
    expect([log.startOffset, log.endOffset, log.sizeBytes]).toEqual([1000, 1000, 0]);
    appendFrames(log, 2);
    await clock.until(log.flush());
    disk.crash('unsynced');
    const again = await open({ segmentBytes: 300 });
    expect(offsetsIn(await clock.until(readAll(again.log)))).toEqual([1000, 1001]);
    await clock.until(again.log.reset(3));
    disk.crash('unsynced');
    const { log: third } = await open();
    expect([third.startOffset, third.endOffset]).toEqual([3, 3]);
  });
});
