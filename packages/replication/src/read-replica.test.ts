import { describe, expect, it } from 'vitest';
import { chooseReadReplica, type ReadReplicaCandidate } from './read-replica.ts';

function follower(
  brokerId: number,
  rack: string | undefined,
  changes: Partial<ReadReplicaCandidate> = {},
): ReadReplicaCandidate {
  return { brokerId, rack, isInSync: true, logStartOffset: 10, endOffset: 100, ...changes };
}

const wish = { rack: 'b', fetchOffset: 50, leaderRack: 'a' };

describe('whom a consumer reads from (KIP-392)', () => {
  it('is a replica in its rack, and the leader where there is none', () => {
    expect(chooseReadReplica(wish, [follower(2, 'a'), follower(3, 'b')])).toBe(3);
    expect(chooseReadReplica(wish, [follower(2, 'a'), follower(3, undefined)])).toBeUndefined();
  });

  it('is the leader where that is in its rack, or it named none', () => {
    expect(chooseReadReplica({ ...wish, leaderRack: 'b' }, [follower(3, 'b')])).toBeUndefined();
    expect(chooseReadReplica({ ...wish, rack: '', leaderRack: undefined }, [follower(3, '')])).toBeUndefined();
  });

  it('has what is asked for, and is in sync', () => {
    for (const fetchOffset of [9, 101]) {
      expect(chooseReadReplica({ ...wish, fetchOffset }, [follower(3, 'b')])).toBeUndefined();
    }
    expect(chooseReadReplica(wish, [follower(3, 'b', { isInSync: false })])).toBeUndefined();
  });

  it('is the one that is furthest, of equal ones that with the lowest id', () => {
    const others = [follower(5, 'b'), follower(4, 'b'), follower(6, 'b', { endOffset: 99 })];
    expect(chooseReadReplica(wish, others)).toBe(4);
    expect(chooseReadReplica(wish, [...others, follower(9, 'b', { endOffset: 101 })])).toBe(9);
  });
});
