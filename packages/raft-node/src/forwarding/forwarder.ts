import { logIndex, type NodeId, noNode, term } from '@streambus/raft';
import type { Proposal, Proposals } from '../driver/proposals.ts';
import { RaftNodeError } from '../errors.ts';
import type { ForwardAnswer, ForwardMessage } from './forward-message.ts';

/** What a forwarder needs. */
export interface ForwarderParts {
  readonly proposals: Proposals;
  /** @returns whether it was queued */
  readonly send: (to: NodeId, message: ForwardMessage) => boolean;
  /** A leader that says nothing for so long has lost the batch, or its answer. */
  readonly timeoutTicks: number;
}

interface Batch {
  readonly leader: NodeId;
  readonly proposals: readonly Proposal[];
  ticks: number;
}

/** The proposer's side of forwarding: what is under way to a leader that is another node. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #batches = new Map<number, Batch>();
  #nextBatch = 1;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
  }

  /** @param proposals - data, or one change of the membership */
  forward(leader: NodeId, proposals: readonly Proposal[]): void {
    const number = this.#nextBatch++;
    if (leader === noNode || !this.#parts.send(leader, toMessage(number, proposals))) {
      const message = leader === noNode ? 'no leader is known' : `the leader, node ${leader}, cannot be reached`;
      this.#parts.proposals.refuse(proposals, () => notLeader(message));
      return;
    }
    this.#batches.set(number, { leader, proposals, ticks: 0 });
  }

  /** The leader has answered. */
  onAnswer(from: NodeId, message: ForwardAnswer): void {
    const batch = this.#batches.get(message.batch);
    if (batch === undefined || batch.leader !== from) return;
    this.#batches.delete(message.batch);
    const { proposals } = this.#parts;
    if (message.type === 'refused') {
      proposals.refuse(batch.proposals, () => new RaftNodeError(message.code, message.message, { retriable: true }));
      return;
    }
    for (const [at, proposal] of batch.proposals.entries()) {
      proposals.place(proposal, logIndex(message.firstIndex + at), term(message.term));
    }
  }

  /** What was under way to this node may have arrived or not. */
  onPeerLost(peer: NodeId): void {
    this.#giveUp(({ leader }) => leader === peer, `the connection with the leader, node ${peer}, was lost`);
  }

  /** Somebody else leads: a former leader that has not answered by the next tick hardly will, and until then the proposers wait in vain. */
  onLeader(leader: NodeId): void {
    for (const batch of this.#batches.values()) {
      if (batch.leader !== leader) batch.ticks = Math.max(batch.ticks, this.#parts.timeoutTicks);
    }
  }

  onTick(): void {
    for (const batch of this.#batches.values()) batch.ticks++;
    const { timeoutTicks } = this.#parts;
    this.#giveUp(({ ticks }) => ticks > timeoutTicks, 'the leader to whom it was forwarded has not answered in time');
  }

  #giveUp(isLost: (batch: Batch) => boolean, message: string): void {
    for (const [number, batch] of [...this.#batches]) {
      if (!isLost(batch)) continue;
      this.#batches.delete(number);
      this.#parts.proposals.refuse(batch.proposals, () => {
        return new RaftNodeError('RAFT_NODE_LOST', message, { outcome: 'unknown', retriable: true });
      });
    }
  }
}

function toMessage(batch: number, proposals: readonly Proposal[]): ForwardMessage {
  const change = proposals[0]?.change;
  if (change !== undefined) return { type: 'change', batch, change };
  return { type: 'propose', batch, data: proposals.map(({ data }) => data) };
}

function notLeader(message: string): RaftNodeError {
  return new RaftNodeError('RAFT_NODE_NOT_LEADER', message, { retriable: true });
}
