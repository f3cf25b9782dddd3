import { describe, expect, it } from 'vitest';
import { decideFetch, type FetchedReplica } from './fetch-rules.ts';
import type { PartitionFetchRequest } from './fetches.ts';
import { LeaderEpochs } from './leader-epochs.ts';

const epochs = new LeaderEpochs([
  { epoch: 2, startOffset: 10 },
  { epoch: 4, startOffset: 50 },
  { epoch: 7, startOffset: 80 },
]);

function replica(changes: Partial<FetchedReplica> = {}): FetchedReplica {
  return {
    ...{
      name: 'orders-0',
      role: 'leader',
      leaderEpoch: 7,
      logStartOffset: 10,
      readableEndOffset: 100,
      highWatermark: 90,
    },
    ...{ lastEpoch: 7, isReplica: (id) => id <= 3, epochEndOffset: (epoch) => epochs.endOffsetFor(epoch, 100) },
    ...changes,
  };
}

const follower = { kind: 'follower', brokerId: 2, brokerEpoch: 1, logStartOffset: 0 } as const;
const consumer = { kind: 'consumer', readsFromFollowers: false } as const;

function decide(request: Partial<PartitionFetchRequest>, changes: Partial<FetchedReplica> = {}): unknown {
  const asked = {
    reader: follower,
    currentLeaderEpoch: 7,
    fetchOffset: 90,
    lastFetchedEpoch: 7,
    maxBytes: 1,
    minOneBatch: true,
  };
  const decision = decideFetch(replica(changes), { ...asked, ...request });
  return decision.kind === 'refused' ? decision.error : decision;
}

describe('a fetch', () => {
  it('of a follower reads to the end of the log, that of a consumer to the high watermark', () => {
    expect(decide({})).toEqual({ kind: 'read', endOffset: 100 });
    expect(decide({ reader: consumer })).toEqual({ kind: 'read', endOffset: 90 });
  });

  it('names the leader epoch that holds: an older one is fenced, a newer one not known here yet (KIP-320)', () => {
    for (const reader of [follower, consumer]) {
      expect(decide({ reader, currentLeaderEpoch: 6 })).toBe('FENCED_LEADER_EPOCH');
      expect(decide({ reader, currentLeaderEpoch: 8 })).toBe('UNKNOWN_LEADER_EPOCH');
    }
    expect(decide({ reader: consumer, currentLeaderEpoch: -1 })).toMatchObject({ kind: 'read' });
    expect(decide({ currentLeaderEpoch: -1 })).toBe('FENCED_LEADER_EPOCH');
  });

  it('goes to the leader, but a consumer that knows of followers may ask one (KIP-392)', () => {
    expect(decide({}, { role: 'follower' })).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(decide({ reader: consumer }, { role: 'follower' })).toBe('NOT_LEADER_OR_FOLLOWER');
    const reader = { kind: 'consumer', readsFromFollowers: true } as const;
    expect(decide({ reader }, { role: 'follower' })).toEqual({ kind: 'read', endOffset: 90 });
    expect(decide({ reader }, { role: 'none' })).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(decide({ reader: { ...follower, brokerId: 9 } })).toBe('NOT_LEADER_OR_FOLLOWER');
  });

  it('out of range is told so', () => {
    expect(decide({ fetchOffset: 9, lastFetchedEpoch: 2 })).toBe('OFFSET_OUT_OF_RANGE');
    expect(decide({ fetchOffset: 101, lastFetchedEpoch: -1 })).toBe('OFFSET_OUT_OF_RANGE');
    expect(decide({ fetchOffset: 100 })).toMatchObject({ kind: 'read' });
  });
});

describe('logs that part (KIP-101, KIP-595)', () => {
  it('do so where the epoch of the last record ends', () => {
    expect(decide({ fetchOffset: 85, lastFetchedEpoch: 4 })).toEqual({ kind: 'diverging', epoch: 4, endOffset: 80 });
    expect(decide({ fetchOffset: 80, lastFetchedEpoch: 4 })).toMatchObject({ kind: 'read' });
    expect(decide({ fetchOffset: 105, lastFetchedEpoch: 7 })).toEqual({ kind: 'diverging', epoch: 7, endOffset: 100 });
  });

  it('do so at an epoch that only one of them has, even within the offsets of both', () => {
    expect(decide({ fetchOffset: 60, lastFetchedEpoch: 5 })).toEqual({ kind: 'diverging', epoch: 4, endOffset: 80 });
    expect(decide({ reader: consumer, fetchOffset: 60, lastFetchedEpoch: 5 })).toMatchObject({ kind: 'diverging' });
  });

  it('are not told from a follower that lags: who is ahead of it waits or asks the leader', () => {
    const reader = { kind: 'consumer', readsFromFollowers: true } as const;
    const lagging = { role: 'follower', lastEpoch: 4, readableEndOffset: 70, highWatermark: 70 } as const;
    expect(decide({ reader, fetchOffset: 82, lastFetchedEpoch: 7 }, lagging)).toBe('OFFSET_NOT_AVAILABLE');
    expect(decide({ reader, fetchOffset: 75, lastFetchedEpoch: -1 }, lagging)).toBe('OFFSET_OUT_OF_RANGE');
  });
});
