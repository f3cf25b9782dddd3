import { describe, expect, it } from 'vitest';
import { groupId } from './simulation/client.ts';
import { checkReplays, simulate } from './simulation/run.ts';
import { durableState } from './simulation/world.ts';

describe('simulation: clients join, sync, beat, commit, die, leave and lose their connections', () => {
  it.each(Array.from({ length: 6 }, (_, index) => index * 1000))('seeds from %i', (first) => {
    for (let seed = first; seed < first + 8; seed++) {
      try {
        checkReplays(simulate(seed), seed);
      } catch (cause) {
        throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }
  });

  it('does what it is meant to do: generations, commits, failures, expiries', () => {
    const { observer, world } = simulate(42);
    expect(observer.synced).toBeGreaterThan(20);
    expect(observer.committed).toBeGreaterThan(200);
    expect(observer.errors.get('Heartbeat REBALANCE_IN_PROGRESS')).toBeGreaterThan(3);
    expect(world.core.figures().counters.expiredMembers).toBeGreaterThan(0);
    expect(world.core.figures().counters.failedAppends).toBeGreaterThan(0);
  });

  it('repeats itself from its seed', () => {
    const [first, second] = [simulate(7), simulate(7)];
    expect(second.world.log.length).toBe(first.world.log.length);
    expect([...second.observer.errors]).toEqual([...first.observer.errors]);
    expect(durableState(second.world.core)).toBe(durableState(first.world.core));
    expect(second.world.core.describe(groupId).state).toBe(first.world.core.describe(groupId).state);
  });
});
