import type { Logger, Random } from '@streambus/runtime';
import type { ConfChange, ConfChangeV2 } from './conf-change.ts';
import type { ConfState } from './conf-state.ts';
import type { LogIndex, NodeId, Term } from './identifiers.ts';
import type { Message } from './message.ts';
import type { Ready, Role } from './ready.ts';
import type { Status } from './status.ts';
import type { Storage } from './storage.ts';

/** How the sending of a snapshot ended. */
export type SnapshotStatus = 'finished' | 'failed';

/** What a core takes from outside. */
export interface RaftDependencies {
  /** What was persisted; the core reads it and never writes. */
  readonly storage: Storage;
  /** Draws the election timeouts. */
  readonly random: Random;
  /** Changes of role, term and membership; silent by default. */
  readonly logger?: Logger;
}

/**
 * One node's Raft: a pure, synchronous state machine. Ticks, messages and requests go in; {@link ready} says what to
 * do.
 *
 * **Synchronous form:** after any call, while {@link hasReady}: take {@link ready}, do what it says in the order that
 * it says, call {@link advance}.
 *
 * **Asynchronous form** ({@link RaftOptions.asyncStorageWrites}): after any call, while {@link hasReady}: take
 * {@link ready} and hand its messages on at once, in order. One to {@link localAppendThread} is persisted (`snapshot`,
 * `entries`, and the hard state `term`, `vote`, `commit` unless all three are 0), in the order of arrival; then its
 * `responses` are delivered, those to this node by {@link step}, the others by the network. One to
 * {@link localApplyThread} is applied the same way, but for entries at or before a snapshot that was installed
 * meanwhile. There is no {@link advance}.
 *
 * A call throws {@link RaftError} when it refuses, with nothing changed, and `InvariantError` when this node or its
 * storage is broken: stop the node then.
 */
export interface Raft {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: Term;
  /** Who leads this term as far as this node knows; 0 = nobody. */
  readonly leader: NodeId;
  /** The highest index known to be committed. */
  readonly commit: LogIndex;
  /** The last entry of the log, stored or not. What a leader proposes in one call are the entries up to here when the call returns. */
  readonly lastIndex: LogIndex;

  /** One unit of time has passed. */
  tick(): void;
  /**
   * A message arrived from a peer or, in the asynchronous form, from a local thread.
   *
   * @throws RaftError `RAFT_LOCAL_MESSAGE`, `RAFT_PEER_UNKNOWN`; and where a forwarded proposal is dropped, as {@link
   *   propose}
   */
  step(message: Message): void;
  /**
   * Appends one entry per element, all or none; a follower forwards them to its leader, where they may be lost without
   * a word.
   *
   * @throws RaftError when they were dropped: {@link isProposalDropped}
   */
  propose(data: readonly Uint8Array[]): void;
  /**
   * Proposes a membership change. While another is pending, the leader appends an empty normal entry in its place.
   *
   * @throws RaftError when it was dropped: {@link isProposalDropped}
   */
  proposeConfChange(change: ConfChange | ConfChangeV2): void;
  /**
   * Asks from which index on a read is linearizable; the answer comes in {@link Ready.readStates} with this context, or
   * never: ask again under a fresh one.
   *
   * @param context - not empty, and unique among this cluster's pending reads
   */
  readIndex(context: Uint8Array): void;
  /** Asks the leader to hand leadership to `to` (section 3.10); given up after an election timeout. */
  transferLeadership(to: NodeId): void;
  /**
   * Makes a follower forget its leader, so that it grants pre-votes at once, when the leader is known to be gone. Ignored
   * where reads are `leaseBased`.
   */
  forgetLeader(): void;
  /**
   * Begins an election now, or a pre-vote where that is on. Ignored where reads are `leaseBased` while a leader may rely on
   * this node.
   */
  campaign(): void;
  /**
   * Makes a leader follow, in the same term and knowing no leader: for one that cannot do its work, such as when its disk does not answer,
   * while its heartbeats would keep the others from electing another. The voter that has most of its log is told to campaign now, as in a
   * transfer that does not wait. Ignored on any other node.
   */
  resign(): void;
  /** The last message to this peer did not arrive. */
  reportUnreachable(id: NodeId): void;
  /**
   * How the sending of a snapshot to this peer ended. Every snapshot message must be reported, or its follower stays
   * without entries.
   */
  reportSnapshot(id: NodeId, status: SnapshotStatus): void;
  /**
   * Puts a committed membership change in force; called for every such entry when it is applied ({@link
   * decodeConfChange}).
   *
   * One that cannot be made is refused on every node alike, so whoever applies it passes it over.
   *
   * @returns the membership now in force, to be persisted with the applied index
   * @throws RaftError `RAFT_CONF_CHANGE_INVALID` when it cannot be made from the present membership
   */
  applyConfChange(change: ConfChange | ConfChangeV2): ConfState;
  /** Whether {@link ready} would say anything. */
  hasReady(): boolean;
  /** What is to be done now. In the synchronous form each must be followed by {@link advance} before the next. */
  ready(): Ready;
  /** The last {@link ready} was done, all of it. Synchronous form only. */
  advance(): void;
  /** A copy of the node's state. */
  status(): Status;
}
