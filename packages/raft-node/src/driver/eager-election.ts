import { type ConfState, type NodeId, noNode } from '@streambus/raft';
import type { Clock, Random, Timer } from '@streambus/runtime';

/** What an eager election needs to know and to do. */
export interface EagerElectionParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  /** Who leads, as far as this node knows; 0 = nobody. */
  readonly leader: () => NodeId;
  readonly members: () => ConfState;
  readonly isConnected: (id: NodeId) => boolean;
  /** Whether this node could do a leader's work. */
  readonly isAble: () => boolean;
  /** Whether its disk is writing, for which every vote waits: this node's own, and one that it may just have granted. */
  readonly isWriting: () => boolean;
  /** Begins a pre-vote. */
  readonly campaign: () => void;
}

/** Before the first turn: the others learn of a leader's end at about the same time, and until then they refuse a pre-vote. */
const leadMs = 10;
/** Between one voter's turn and the next one's: longer than an election among connected nodes takes. */
const turnMs = 40;
const jitterMs = 20;
const maxDoublings = 5;

/**
 * Begins an election as soon as it makes sense, in place of waiting out the election time-out: when nobody leads as far as this node
 * knows, and it is connected with a quorum of voters. That is so when a cluster starts, and when the leader's process is known to be gone. A
 * pre-vote disturbs nobody who hears a leader, so being wrong costs a round of messages. The voters that are connected take turns by their
 * place, and whoever has granted a vote waits for another turn, so that two rarely split the vote.
 */
export class EagerElection {
  readonly #parts: EagerElectionParts;
  #timer: Timer | undefined;
  /** Elections of this node since somebody led. */
  #attempts = 0;

  constructor(parts: EagerElectionParts) {
    this.#parts = parts;
  }

  /** This node begins. Where it alone votes there is nobody to wait for. */
  start(): void {
    const { self, members } = this.#parts;
    const { voters, votersOutgoing } = members();
    if (voters.length === 1 && voters[0] === self && votersOutgoing.length === 0) this.#campaign();
    this.consider();
  }

  /** Something that matters may have changed: who leads, who is connected, who votes. */
  consider(): void {
    if (this.#parts.leader() !== noNode) this.#attempts = 0;
    if (this.#timer !== undefined || !this.#makesSense()) return;
    const { clock, random } = this.#parts;
    // The last one of this node's may be under way. Each wait is longer than the last, so that on a slow network too one election has its time.
    const turns = this.#turn() + Math.min(this.#attempts, 1);
    const patience = 2 ** Math.min(this.#attempts, maxDoublings);
    const delayMs = (leadMs + turns * turnMs + random.below(jitterMs + 1)) * patience;
    this.#timer = clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      if (this.#makesSense() && !this.#parts.isWriting()) this.#campaign();
      this.consider();
    });
  }

  /** An election has got on, this node's by its pre-vote or another's by this node's vote: it gets the time that it takes. */
  yield(): void {
    if (this.#timer === undefined) return;
    this.stop();
    this.consider();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #campaign(): void {
    this.#attempts++;
    this.#parts.campaign();
  }

  /** How many voters that could lead come before this node. */
  #turn(): number {
    const { members, self, isConnected } = this.#parts;
    return members().voters.filter((id) => id < self && isConnected(id)).length;
  }

  #makesSense(): boolean {
    const { leader, members, self } = this.#parts;
    const { voters, votersOutgoing } = members();
    if (leader() !== noNode || !voters.includes(self) || !this.#parts.isAble()) return false;
    return this.#hearsQuorum(voters) && (votersOutgoing.length === 0 || this.#hearsQuorum(votersOutgoing));
  }

  #hearsQuorum(voters: readonly NodeId[]): boolean {
    const { self, isConnected } = this.#parts;
    return voters.filter((id) => id === self || isConnected(id)).length * 2 > voters.length;
  }
}
