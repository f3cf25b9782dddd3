import { type ConfState, type NodeId, namesMember, type ProgressStatus, type Raft } from '@streambus/raft';
import type { SnapshotExchange } from '../snapshots/snapshot-exchange.ts';
import type { ReplicaStorage } from '../storage/replica-storage.ts';
import type { SnapshotFollowers } from './snapshotter.ts';

/** What knows of followers. */
export interface SnapshotFollowersParts {
  readonly raft: Raft;
  readonly storage: ReplicaStorage;
  readonly exchange: SnapshotExchange;
  readonly members: () => ConfState;
}

/** What a leader's followers want of its snapshot and its log; other nodes have none. */
export function createSnapshotFollowers({
  raft,
  storage,
  exchange,
  members,
}: SnapshotFollowersParts): SnapshotFollowers {
  return {
    areReceiving: () => exchange.isSending,
    areUnnamed() {
      if (raft.role !== 'leader') return false;
      const { confState } = storage.view.snapshot().metadata;
      return memberIds(members()).some((id) => !namesMember(confState, id));
    },
    lackAfter() {
      let index = Number.MAX_SAFE_INTEGER;
      for (const [id, progress] of raft.status().progress) {
        if (id !== raft.id && progress.recentActive) index = Math.min(index, hasUpTo(progress));
      }
      return index;
    },
  };
}

function memberIds({ voters, votersOutgoing, learners }: ConfState): readonly NodeId[] {
  return [...voters, ...votersOutgoing, ...learners];
}

/** What a follower has, or is about to have. */
function hasUpTo({ state, match, next }: ProgressStatus): number {
  return state === 'replicate' ? match : next - 1;
}
