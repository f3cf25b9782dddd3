import type { ConfState, LogIndex } from '@streambus/raft';
import type { Clock, Disk, Logger, Random, Startable } from '@streambus/runtime';
import type { RaftNodeListener } from './events.ts';
import type { MembershipChange } from './membership.ts';
import type { RaftNodeObserver } from './observer.ts';
import type { RaftTransport } from './peers/peer-network.ts';
import type { RaftChannels } from './peers/raft-channels.ts';
import type { OpenSessionOptions, Session, SessionStamp } from './session.ts';
import type { StateMachine } from './state-machine.ts';
import type { RaftNodeStatus } from './status.ts';

/** The way to other nodes. */
export interface RaftNetwork {
  /** Has {@link RaftChannels.all} among its channels, this node's id, and its peers. Its owner starts and stops it. */
  readonly transport: RaftTransport;
  readonly channels: RaftChannels;
}

/** What a node takes from outside. */
export interface RaftNodeDependencies {
  /** Not touched when `storage` is `memory`. */
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** Needed where there is more than one member. */
  readonly network?: RaftNetwork;
  /** The replica that this node runs. It must be new: it is restored and replayed into. */
  readonly stateMachine: StateMachine;
  /** Default: silent. */
  readonly logger?: Logger;
  readonly observer?: RaftNodeObserver;
}

/** How to wait for an answer. */
export interface ProposeOptions {
  /** Ends the wait, not the proposal: unless it had not yet reached the log, the outcome is unknown. */
  readonly signal?: AbortSignal;
  /** Makes it apply at most once. {@link RaftNode.openSession} gives these out. */
  readonly session?: SessionStamp;
}

/**
 * One replica of a state machine: a Raft core, its storage, and who waits for what.
 *
 * Invariants:
 * 1. A proposal is answered only after it is durable on a quorum and applied here.
 * 2. Entries are applied in order of index, each once, from the snapshot on.
 * 3. An error with outcome `rejected` means that the proposal is in no log and never will be.
 */
export interface RaftNode extends Startable, AsyncDisposable {
  /**
   * Resolves when storage is read and the node takes part; who leads is not known then: {@link readBarrier} waits for that.
   *
   * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED`, `RAFT_NODE_STORAGE_LOCKED`, `RAFT_NODE_STORAGE_FULL`, `RAFT_NODE_STORAGE_FAILED`,
   *   `RAFT_NODE_IDENTITY_MISMATCH`, `RAFT_NODE_IDENTITY_MISSING`
   */
  start(): Promise<void>;
  /**
   * Proposes, and resolves with what the state machine returned when the entry was applied here. All that is proposed in one
   * turn of the event loop is one append and one sync.
   *
   * @param data - copied, so it may be used again at once
   * @throws RaftNodeError its `outcome` says whether the proposal may yet be applied
   */
  propose(data: Uint8Array, options?: ProposeOptions): Promise<Uint8Array>;
  /** Opens a session: a line of proposals that can be repeated without being applied twice. @throws RaftNodeError as {@link propose} */
  openSession(options?: OpenSessionOptions): Promise<Session>;
  /**
   * Resolves when the local state machine shows everything that was committed before the call (dissertation, section 6.4); waits while no
   * leader is known, and while the disk is full if something was committed that it has no room for. All readers of one turn share one round.
   *
   * @returns the index up to which the state machine has applied, at least
   * @throws RaftNodeError `RAFT_NODE_STOPPED`, `RAFT_NODE_ABORTED`, `RAFT_NODE_QUEUE_FULL`, `RAFT_NODE_STORAGE_FAILED`, `RAFT_NODE_STATE_MACHINE_FAILED`
   */
  readBarrier(options?: { readonly signal?: AbortSignal }): Promise<LogIndex>;
  /**
   * Changes who belongs to the cluster, all at once: several changes of voters go through a joint configuration (dissertation, chapter 4).
   * Resolves with the membership when it is in force, seen from here.
   *
   * @throws RaftNodeError `RAFT_NODE_CHANGE_PENDING`, `RAFT_NODE_CHANGE_INVALID`, `RAFT_NODE_NOT_CAUGHT_UP`, and as {@link propose}
   */
  changeMembership(
    changes: readonly MembershipChange[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ConfState>;
  /**
   * Hands leadership to a voter, as soon as it has the whole log (section 3.10). Resolves when this node knows that it leads.
   *
   * @throws RaftNodeError `RAFT_NODE_TRANSFER_FAILED` after two election time-outs, `RAFT_NODE_CHANGE_INVALID` for a node that is no voter
   */
  transferLeadership(to: number, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Takes a snapshot as soon as none is under way and compacts the log; resolves with its index when it is durable.
   *
   * @throws RaftNodeError `RAFT_NODE_STOPPED`, `RAFT_NODE_STORAGE_FULL`, `RAFT_NODE_STORAGE_FAILED`, `RAFT_NODE_STATE_MACHINE_FAILED`
   */
  takeSnapshot(): Promise<LogIndex>;
  status(): RaftNodeStatus;
  /** Calls back with every event from now on; returns what ends that. */
  subscribe(listener: RaftNodeListener): () => void;
}
