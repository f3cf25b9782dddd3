import {
  ConfChangeType,
  type ConfChangeV2,
  isProposalDropped,
  type LogIndex,
  logIndex,
  type Raft,
  type RaftError,
  type Term,
} from '@streambus/raft';
import { RaftNodeError } from '../errors.ts';

/** Which entries something has become in the leader's log. */
export interface Appended {
  readonly firstIndex: LogIndex;
  readonly term: Term;
}

/** How far a learner may be behind what is committed to become a voter: what a busy leader appends in a few round trips. */
const maxPromotionLagEntries = 1000;

/** Appends to the leader's log, or says why nothing was appended. */
export class AppendDesk {
  readonly #raft: Raft;

  constructor(raft: Raft) {
    this.#raft = raft;
  }

  propose(data: readonly Uint8Array[]): Appended | RaftNodeError {
    return this.#append(data.length, () => this.#raft.propose(data));
  }

  change(change: ConfChangeV2): Appended | RaftNodeError {
    return this.#refuseChange(change) ?? this.#append(1, () => this.#raft.proposeConfChange(change));
  }

  /** A leader's core appends within the call, so where its log ends then says which entries these are. */
  #append(count: number, toCore: () => void): Appended | RaftNodeError {
    const raft = this.#raft;
    if (raft.role !== 'leader')
      return new RaftNodeError('RAFT_NODE_NOT_LEADER', 'it does not lead', { retriable: true });
    try {
      toCore();
    } catch (thrown) {
      if (isProposalDropped(thrown)) return dropped(thrown);
      throw thrown;
    }
    return { firstIndex: logIndex(raft.lastIndex - count + 1), term: raft.term };
  }

  /** A voter that lags takes part in quorums that it cannot yet serve (dissertation, section 4.2.1). */
  #refuseChange({ changes }: ConfChangeV2): RaftNodeError | undefined {
    const { progress, hardState } = this.#raft.status();
    for (const { type, nodeId } of changes) {
      const member = progress.get(nodeId);
      if (type !== ConfChangeType.addNode || member === undefined || !member.learner) continue;
      const lagEntries = hardState.commit - member.match;
      if (lagEntries <= maxPromotionLagEntries) continue;
      const message = `learner ${nodeId} lacks ${lagEntries} committed entries; it may lack ${maxPromotionLagEntries} to become a voter`;
      return new RaftNodeError('RAFT_NODE_NOT_CAUGHT_UP', message, { retriable: true });
    }
    return undefined;
  }
}

function dropped(error: RaftError): RaftNodeError {
  const code = error.code === 'RAFT_UNCOMMITTED_FULL' ? 'RAFT_NODE_QUEUE_FULL' : 'RAFT_NODE_NOT_LEADER';
  return new RaftNodeError(code, error.message, { cause: error, retriable: error.retriable });
}
