import { describe, expect, it } from 'vitest';
import { ByteRate } from './byte-rate.ts';
import { FetchSchedule, type FollowedPartition, type FollowedSlot } from './fetch-schedule.ts';

function followed(partition: number, isReady = true): FollowedPartition {
  const fetch = { currentLeaderEpoch: 1, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: 0 };
  return {
    ...{ topic: 'orders', partition },
    nextFetch: () => (isReady ? fetch : undefined),
    whenFetchable: () => Promise.resolve(),
    takeAnswer: () => Promise.resolve({ kind: 'unchanged' }),
  };
}

function scheduleOf(count: number, throttled: readonly number[] = []): FetchSchedule {
  const schedule = new FetchSchedule({ firstMs: 10, lastMs: 1000 }, 0);
  for (let index = 0; index < count; index++) schedule.add(followed(index), 'id', throttled.includes(index));
  return schedule;
}

function asked(schedule: FetchSchedule, nowMs = 0): number[] {
  return schedule.plan(nowMs).fetches.map(({ slot }) => slot.partition.partition);
}

function slotOf(schedule: FetchSchedule, index: number, nowMs = 0): FollowedSlot {
  const planned = schedule.plan(nowMs).fetches.find(({ slot }) => slot.partition.partition === index);
  if (planned === undefined) throw new Error(`partition ${index} is not asked for`);
  return planned.slot;
}

describe('the order of partitions', () => {
  it('puts those that got records last, so that one with many does not keep the others out', () => {
    const schedule = scheduleOf(4);
    schedule.succeeded(slotOf(schedule, 0), 100);
    schedule.succeeded(slotOf(schedule, 2), 100);
    schedule.succeeded(slotOf(schedule, 1), 0);
    expect(asked(schedule)).toEqual([1, 3, 0, 2]);
  });

  it('leaves out who is busy, and names who is not ready', () => {
    const schedule = scheduleOf(2);
    slotOf(schedule, 0).isBusy = true;
    const unready = followed(7, false);
    schedule.add(unready, 'id', false);
    const plan = schedule.plan(0);
    expect(plan.fetches.map(({ slot }) => slot.partition.partition)).toEqual([1]);
    expect(plan.unready.map(({ partition }) => partition)).toEqual([unready]);
  });
});

describe('a partition that fails', () => {
  it('waits twice as long each time, and says when it is due', () => {
    const schedule = scheduleOf(2);
    const slot = slotOf(schedule, 1);
    schedule.failed(slot, 0);
    expect(asked(schedule, 9)).toEqual([0]);
    expect(schedule.plan(9).nextDueMs).toBe(10);
    expect(asked(schedule, 10)).toEqual([0, 1]);
    schedule.failed(slot, 10);
    expect(schedule.plan(10).nextDueMs).toBe(30);
  });

  it('is due together with others once the wait is long, and is asked at once when it is added again', () => {
    const schedule = scheduleOf(1);
    const slot = slotOf(schedule, 0);
    for (let failure = 0; failure < 12; failure++) schedule.failed(slot, 123);
    expect(schedule.plan(123).nextDueMs).toBe(1200);
    schedule.add(slot.partition, 'id', false);
    expect(asked(schedule, 123)).toEqual([0]);
  });
});

describe('throttled partitions', () => {
  it('share a rate, and wait for what they overdrew; others do not', () => {
    const schedule = scheduleOf(3, [1, 2]);
    schedule.throttle(1000, 0);
    expect(asked(schedule)).toEqual([0, 1, 2]);
    schedule.succeeded(slotOf(schedule, 1), 3000);
    expect(asked(schedule, 0)).toEqual([0]);
    expect(schedule.plan(0).nextDueMs).toBe(2001);
    schedule.succeeded(slotOf(schedule, 0), 1_000_000);
    expect(asked(schedule, 2001)).toEqual([2, 1, 0]);
    schedule.throttle(Number.POSITIVE_INFINITY, 2001);
    schedule.succeeded(slotOf(schedule, 2, 2001), 1_000_000);
    expect(asked(schedule, 2001)).toEqual([1, 0, 2]);
  });
});

describe('a rate of bytes', () => {
  it('saves up a second at most', () => {
    const rate = new ByteRate(1000, 0);
    expect(rate.available(60_000)).toBe(1000);
    rate.charge(1500);
    expect(rate.available(60_100)).toBe(-400);
    expect(rate.availableAtMs(60_100)).toBe(60_501);
    expect(rate.available(60_501)).toBeGreaterThan(0);
  });

  it('can be changed, taken away and set again', () => {
    const rate = new ByteRate(Number.POSITIVE_INFINITY, 0);
    rate.charge(1e9);
    rate.change(500, 10);
    expect(rate.available(10)).toBe(500);
    rate.charge(600);
    rate.change(Number.POSITIVE_INFINITY, 20);
    expect(rate.availableAtMs(20)).toBe(20);
    rate.change(100, 30);
    expect(rate.available(30)).toBe(100);
  });
});
