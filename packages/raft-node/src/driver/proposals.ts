import { type ConfChangeV2, type Entry, EntryType, type LogIndex, type Term } from '@streambus/raft';
import { assert, type Clock } from '@streambus/runtime';
import { RaftNodeError, type RaftNodeErrorCode } from '../errors.ts';
import type { SessionRefusal } from '../sessions/session-table.ts';

/** What the state machine said, and where. */
export interface ProposalAnswer {
  readonly data: Uint8Array;
  readonly index: LogIndex;
}

/**
 * Why a change of the membership is not made.
 *
 * - `pending`: another one was under way.
 * - `impossible`: it cannot be made from the membership that there was.
 */
export type ChangeRefusal = 'pending' | 'impossible';

/** What applying an entry gave. */
export type ApplyAnswer = Uint8Array | SessionRefusal | ChangeRefusal;

const noBytes: Uint8Array = new Uint8Array(0);

/** Beyond this, proposals of one turn of the event loop go on in the next. */
const maxBytesPerTurn = 4 * 1024 * 1024;

/** What bounds the queue. */
export interface ProposalLimits {
  readonly maxProposalBytes: number;
  readonly maxQueuedProposalBytes: number;
}

/** One proposal of this node, from `propose` to the moment at which its entry is applied. */
export interface Proposal {
  readonly data: Uint8Array;
  /** What is proposed in place of `data`, which then only stands for its size. */
  readonly change: ConfChangeV2 | undefined;
  readonly proposedMs: number;
  /** The term in which it was appended; undefined while that is not known. */
  term: Term | undefined;
  /** Whether the proposer has its answer or its error; it counts until it is applied all the same. */
  settled: boolean;
  readonly resolve: (answer: ProposalAnswer) => void;
  readonly reject: (error: RaftNodeError) => void;
  forgetSignal: (() => void) | undefined;
}

/** An entry that was applied, kept for a proposer who does not know yet that it is its own. */
interface UnclaimedAnswer {
  readonly entry: Entry;
  readonly answer: ApplyAnswer;
}

/** A leader tells which entry a proposal has become long before so many more are applied. */
const maxUnclaimed = 65_536;

/**
 * The proposals of this node that have no answer yet. Each moves through three places: `#arrived` in this turn, `#unplaced` while it is
 * under way to the log of the leader, and `#placed` by index.
 *
 * Invariant: `#bytes` is the sum of `data.length` over the three, and at most `maxQueuedProposalBytes` unless there is one only.
 */
export class Proposals {
  readonly #limits: ProposalLimits;
  readonly #clock: Clock;
  #arrived: Proposal[] = [];
  readonly #unplaced = new Set<Proposal>();
  readonly #placed = new Map<LogIndex, Proposal>();
  /** What was applied while something was unplaced, oldest first. */
  readonly #unclaimed = new Map<LogIndex, UnclaimedAnswer>();
  /** The last entry of this node's log, as far as it was appended in this life. */
  #end: Pick<Entry, 'index' | 'term'> | undefined;
  /** Up to here entries were applied, or came in a snapshot. */
  #passedIndex = 0;
  #bytes = 0;

  constructor(limits: ProposalLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#arrived.length + this.#unplaced.size + this.#placed.size;
  }

  get hasArrived(): boolean {
    return this.#arrived.length > 0;
  }

  /** Takes an encoded proposal. @throws RaftNodeError `RAFT_NODE_QUEUE_FULL`, `RAFT_NODE_TOO_LARGE`, `RAFT_NODE_ABORTED` */
  add(data: Uint8Array, ownBytes: number, signal: AbortSignal | undefined): Promise<ProposalAnswer> {
    this.#assertRoom(data.length, ownBytes);
    return this.#wait(data, undefined, signal);
  }

  /** Takes a change of the membership. Its answer is empty. @throws RaftNodeError as {@link add} */
  addChange(change: ConfChangeV2, signal: AbortSignal | undefined): Promise<ProposalAnswer> {
    return this.#wait(noBytes, change, signal);
  }

  #wait(data: Uint8Array, change: ConfChangeV2 | undefined, signal: AbortSignal | undefined): Promise<ProposalAnswer> {
    if (signal?.aborted) throw aborted(signal, 'rejected');
    return new Promise((resolve, reject) => {
      const proposedMs = this.#clock.monotonicMs();
      const proposal: Proposal = {
        data,
        change,
        proposedMs,
        term: undefined,
        settled: false,
        resolve,
        reject,
        forgetSignal: undefined,
      };
      this.#bytes += data.length;
      this.#arrived.push(proposal);
      if (signal !== undefined) this.#listen(proposal, signal);
    });
  }

  /** Gives out what arrived in this turn, for the log; some of it is left for the next when it is more than one turn should copy. */
  take(): readonly Proposal[] {
    const batch = this.#takeBatch();
    for (const proposal of batch) this.#unplaced.add(proposal);
    return batch;
  }

  /** It has become this entry of the leader's log. */
  place(proposal: Proposal, index: LogIndex, term: Term): void {
    if (!this.#unplaced.delete(proposal)) return;
    proposal.term = term;
    const unclaimed = this.#unclaimed.get(index);
    this.#forgetUnclaimed();
    const older = this.#placed.get(index);
    if (older !== undefined) this.#reject(older, replaced(index, older.term));
    if (this.#isBeyondEnd(index, term)) {
      this.#reject(proposal, replaced(index, term));
      return;
    }
    this.#placed.set(index, proposal);
    if (unclaimed !== undefined) this.onApplied(unclaimed.entry, unclaimed.answer);
    else if (index <= this.#passedIndex) this.#pass(index, proposal);
  }

  /** They will not become entries, or nobody knows; the error says which. */
  refuse(proposals: readonly Proposal[], error: (proposal: Proposal) => RaftNodeError): void {
    for (const proposal of proposals) {
      if (this.#unplaced.delete(proposal)) this.#reject(proposal, error(proposal));
    }
    this.#forgetUnclaimed();
  }

  /** This node's log has these entries now, in place of whatever was there. */
  onAppended(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    const isNewTerm = this.#end?.term !== last.term;
    this.#end = last;
    if (this.#placed.size === 0) return;
    for (const { index, term } of entries) {
      const older = this.#placed.get(index);
      if (older !== undefined && older.term !== term) this.#replace(index, older);
    }
    if (!isNewTerm) return;
    // Nobody may ever propose so much again that the log gets there.
    for (const [index, proposal] of [...this.#placed]) {
      if (this.#isBeyondEnd(index, proposal.term)) this.#replace(index, proposal);
    }
  }

  /** When the entry at this index was proposed here; undefined when it was not. */
  proposedMs(index: LogIndex): number | undefined {
    return this.#placed.get(index)?.proposedMs;
  }

  /** The entry at this index was applied. */
  onApplied(entry: Entry, answer: ApplyAnswer): void {
    const { index, term } = entry;
    this.#passedIndex = Math.max(this.#passedIndex, index);
    const proposal = this.#placed.get(index);
    if (proposal === undefined) {
      if (this.#unplaced.size > 0) this.#keepUnclaimed(entry, answer);
      return;
    }
    this.#placed.delete(index);
    if (proposal.term !== term) this.#reject(proposal, lost(index, proposal.term, term));
    // The leader's core puts an empty entry in the place of a change that it does not let in.
    else if (proposal.change !== undefined && entry.type === EntryType.normal)
      this.#reject(proposal, refused('pending'));
    else if (typeof answer === 'string') this.#reject(proposal, refused(answer));
    else this.#resolve(proposal, { data: answer, index });
  }

  /** A snapshot has taken the place of the entries up to this one: what they were answered is not known here. */
  onRestored(index: LogIndex): void {
    this.#passedIndex = Math.max(this.#passedIndex, index);
    for (const [placed, proposal] of [...this.#placed]) if (placed <= index) this.#pass(placed, proposal);
  }

  /**
   * Ends all waits.
   *
   * @param code - why; those that were not given to a log are rejected, for the others the outcome is unknown
   */
  endAll(code: RaftNodeErrorCode, message: string, cause?: unknown): void {
    const arrived = this.#arrived;
    const underWay = [...this.#unplaced, ...this.#placed.values()];
    this.#arrived = [];
    this.#unplaced.clear();
    this.#placed.clear();
    this.#unclaimed.clear();
    for (const proposal of arrived) this.#reject(proposal, new RaftNodeError(code, message, { cause }));
    for (const proposal of underWay) {
      this.#reject(proposal, new RaftNodeError(code, message, { cause, outcome: 'unknown' }));
    }
    assert(this.#bytes === 0, () => `${this.#bytes} bytes of proposals are left where none are`);
  }

  /** Whether an entry would lie after the last one of this node's log, which is of a later term: then that log will not have it. */
  #isBeyondEnd(index: LogIndex, term: Term | undefined): boolean {
    return this.#end !== undefined && term !== undefined && index > this.#end.index && term < this.#end.term;
  }

  #replace(index: LogIndex, proposal: Proposal): void {
    this.#placed.delete(index);
    this.#reject(proposal, replaced(index, proposal.term));
  }

  #pass(index: LogIndex, proposal: Proposal): void {
    this.#placed.delete(index);
    this.#reject(proposal, passed(index));
  }

  #takeBatch(): Proposal[] {
    let bytes = 0;
    const end = this.#arrived.findIndex(({ data }) => {
      bytes += data.length;
      return bytes > maxBytesPerTurn;
    });
    const batch = this.#arrived;
    // The first one goes in any case.
    this.#arrived = end < 0 ? [] : batch.splice(Math.max(1, end));
    return batch;
  }

  #keepUnclaimed(entry: Entry, answer: ApplyAnswer): void {
    this.#unclaimed.set(entry.index, { entry, answer });
    if (this.#unclaimed.size <= maxUnclaimed) return;
    for (const oldest of this.#unclaimed.keys()) {
      this.#unclaimed.delete(oldest);
      break;
    }
  }

  #forgetUnclaimed(): void {
    if (this.#unplaced.size === 0) this.#unclaimed.clear();
  }

  #assertRoom(encodedBytes: number, ownBytes: number): void {
    const { maxProposalBytes, maxQueuedProposalBytes } = this.#limits;
    if (ownBytes > maxProposalBytes) {
      const message = `a proposal of ${ownBytes} bytes; maxProposalBytes is ${maxProposalBytes}`;
      throw new RaftNodeError('RAFT_NODE_TOO_LARGE', message);
    }
    if (this.#bytes > 0 && this.#bytes + encodedBytes > maxQueuedProposalBytes) {
      const message = `${this.#bytes} bytes of proposals wait for an answer; maxQueuedProposalBytes is ${maxQueuedProposalBytes}`;
      throw new RaftNodeError('RAFT_NODE_QUEUE_FULL', message, { retriable: true });
    }
  }

  #listen(proposal: Proposal, signal: AbortSignal): void {
    const onAbort = (): void => {
      const at = this.#arrived.indexOf(proposal);
      if (at >= 0) {
        this.#arrived.splice(at, 1);
        this.#reject(proposal, aborted(signal, 'rejected'));
      } else if (!proposal.settled) {
        proposal.settled = true;
        proposal.reject(aborted(signal, 'unknown'));
      }
    };
    signal.addEventListener('abort', onAbort, { once: true });
    proposal.forgetSignal = () => signal.removeEventListener('abort', onAbort);
  }

  #resolve(proposal: Proposal, answer: ProposalAnswer): void {
    this.#forget(proposal);
    if (!proposal.settled) proposal.resolve(answer);
    proposal.settled = true;
  }

  #reject(proposal: Proposal, error: RaftNodeError): void {
    this.#forget(proposal);
    if (!proposal.settled) proposal.reject(error);
    proposal.settled = true;
  }

  #forget(proposal: Proposal): void {
    this.#bytes -= proposal.data.length;
    proposal.forgetSignal?.();
  }
}

function lost(index: number, own: number | undefined, other: number): RaftNodeError {
  const message = `entry ${index} of term ${own} was replaced by one of term ${other}`;
  return new RaftNodeError('RAFT_NODE_LOST', message, { retriable: true });
}

/** Not in this node's log, in a time in which it did not lead: whether another node still has it and spreads it is not known. */
function replaced(index: number, own: number | undefined): RaftNodeError {
  const message = `entry ${index} of term ${own} has given way here to a later term's before it was committed`;
  return new RaftNodeError('RAFT_NODE_LOST', message, { outcome: 'unknown', retriable: true });
}

/** Committed or not, what it was answered is not known here. */
function passed(index: number): RaftNodeError {
  const message = `entry ${index} came in a snapshot, or was applied long before the leader told whose it is`;
  return new RaftNodeError('RAFT_NODE_LOST', message, { outcome: 'unknown', retriable: true });
}

function refused(refusal: SessionRefusal | ChangeRefusal): RaftNodeError {
  switch (refusal) {
    case 'expired':
      return new RaftNodeError('RAFT_NODE_SESSION_EXPIRED', 'there is no such session (any more)');
    case 'forgotten':
      return new RaftNodeError('RAFT_NODE_SESSION_EXPIRED', 'the session had given up on this number');
    case 'pending':
      return new RaftNodeError('RAFT_NODE_CHANGE_PENDING', 'another change of the membership is under way', {
        retriable: true,
      });
    case 'impossible':
      return new RaftNodeError('RAFT_NODE_CHANGE_INVALID', 'the membership is not one that can be changed like that');
  }
}

function aborted(signal: AbortSignal, outcome: 'rejected' | 'unknown'): RaftNodeError {
  const message = outcome === 'rejected' ? 'aborted before it was proposed' : 'aborted while it was under way';
  return new RaftNodeError('RAFT_NODE_ABORTED', message, { cause: signal.reason, outcome });
}
