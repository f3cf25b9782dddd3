import { ascendingIds, type Configuration, emptyConfiguration, memberIds } from './configuration.ts';
import { asIndex, type LogIndex, type NodeId, zeroIndex } from './identifiers.ts';
import { Progress } from './progress.ts';
import { jointCommitted, jointVote, type VoteResult } from './quorum.ts';

/** How far the pipeline to one follower may reach. */
export interface InflightLimits {
  readonly maxInflightMessages: number;
  readonly maxInflightBytes: number;
}

/** A count of votes. */
export interface Tally {
  readonly granted: number;
  readonly rejected: number;
  readonly result: VoteResult;
}

/**
 * The membership in force, what is known of each member's log, and the votes of the election under way.
 *
 * Invariants:
 * 1. There is one progress per member, no other; iteration is by ascending id.
 * 2. A progress is a learner's exactly when the configuration lists it under `learners`.
 */
export class Tracker {
  readonly #limits: InflightLimits;
  readonly #votes = new Map<NodeId, boolean>();
  #configuration: Configuration = emptyConfiguration;
  #progress = new Map<NodeId, Progress>();

  readonly #matchOf = (id: NodeId): LogIndex => this.#progress.get(id)?.match ?? zeroIndex;

  constructor(limits: InflightLimits) {
    this.#limits = limits;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  get progress(): ReadonlyMap<NodeId, Progress> {
    return this.#progress;
  }

  /** Puts a configuration in force. Members in `fresh`, and those never seen, start from `lastIndex`. */
  switchTo(configuration: Configuration, fresh: ReadonlySet<NodeId>, lastIndex: LogIndex): void {
    const progress = new Map<NodeId, Progress>();
    for (const id of memberIds(configuration)) {
      const known = fresh.has(id) ? undefined : this.#progress.get(id);
      const learner = configuration.learners.includes(id);
      // Counts as active: it must not look silent to a quorum check before it could say anything.
      const member = known ?? this.#create(zeroIndex, asIndex(Math.max(lastIndex, 1)), learner, true);
      member.learner = learner;
      progress.set(id, member);
    }
    this.#configuration = configuration;
    this.#progress = progress;
  }

  /** A new term begins: of other logs nothing is known, and nobody has voted. */
  reset(selfId: NodeId, lastIndex: LogIndex): void {
    this.resetVotes();
    for (const [id, { learner }] of this.#progress) {
      const match = id === selfId ? lastIndex : zeroIndex;
      this.#progress.set(id, this.#create(match, asIndex(lastIndex + 1), learner, false));
    }
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** Counts this vote unless that node has voted. */
  recordVote(id: NodeId, granted: boolean): void {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
  }

  /** Whether that node gave its vote. */
  hasVoteOf(id: NodeId): boolean {
    return this.#votes.get(id) === true;
  }

  tally(): Tally {
    let granted = 0;
    let rejected = 0;
    for (const id of ascendingIds(this.#votes.keys())) {
      // Votes of learners are not counted: they may have been voters when the vote was asked for.
      if (this.#progress.get(id)?.learner !== false) continue;
      if (this.#votes.get(id)) granted += 1;
      else rejected += 1;
    }
    return { granted, rejected, result: this.voteResult((id) => this.#votes.get(id)) };
  }

  /** What answers decide among the voters in force. */
  voteResult(votes: (id: NodeId) => boolean | undefined): VoteResult {
    return jointVote(this.#configuration.voters, votes);
  }

  /** The highest index that the voters in force have in their logs by majority. */
  committed(): LogIndex {
    return jointCommitted(this.#configuration.voters, this.#matchOf);
  }

  /** Whether a quorum was heard since the last check (section 6.2). */
  quorumActive(): boolean {
    return this.voteResult((id) => this.#progress.get(id)?.recentActive === true) === 'won';
  }

  /** Whether one voter decides alone. */
  get singleVoter(): boolean {
    const { incoming, outgoing } = this.#configuration.voters;
    return incoming.length === 1 && outgoing.length === 0;
  }

  #create(match: LogIndex, next: LogIndex, learner: boolean, recentActive: boolean): Progress {
    return new Progress({ match, next, learner, recentActive, ...this.#limits });
  }
}
