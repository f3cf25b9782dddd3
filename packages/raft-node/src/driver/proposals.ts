import { type Entry, isProposalDropped, type LogIndex, type RaftError, type Term } from '@streambus/raft';
import { assert, type Clock } from '@streambus/runtime';
import { RaftNodeError, type RaftNodeErrorCode } from '../errors.ts';
import type { SessionRefusal } from '../sessions/session-table.ts';

/** What the state machine said, and where. */
export interface ProposalAnswer {
  readonly data: Uint8Array;
  readonly index: LogIndex;
}

/** Beyond this, proposals of one turn of the event loop go on in the next. */
const maxBytesPerTurn = 4 * 1024 * 1024;

/** What bounds the queue. */
export interface ProposalLimits {
  readonly maxProposalBytes: number;
  readonly maxQueuedProposalBytes: number;
}

/** One proposal of this node, from `propose` to the moment at which its entry is applied. */
interface Proposal {
  readonly data: Uint8Array;
  readonly proposedMs: number;
  /** The term in which it was appended; undefined while that is not known. */
  term: Term | undefined;
  /** Whether the proposer has its answer or its error; it counts until it is applied all the same. */
  settled: boolean;
  readonly resolve: (answer: ProposalAnswer) => void;
  readonly reject: (error: RaftNodeError) => void;
  forgetSignal: (() => void) | undefined;
}

/**
 * The proposals of this node that have no answer yet. Each moves through three lists: `#arrived` in this turn, `#proposed` to the core,
 * whose index is not yet known, and `#appended` by index.
 *
 * Invariant: `#bytes` is the sum of `data.length` over the three lists, and at most `maxQueuedProposalBytes` unless there is one only.
 */
export class Proposals {
  readonly #limits: ProposalLimits;
  readonly #clock: Clock;
  #arrived: Proposal[] = [];
  #proposed: Proposal[] = [];
  #proposedHead = 0;
  readonly #appended = new Map<LogIndex, Proposal>();
  #bytes = 0;

  constructor(limits: ProposalLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#arrived.length + this.#proposed.length - this.#proposedHead + this.#appended.size;
  }

  /** Takes an encoded proposal. @throws RaftNodeError `RAFT_NODE_QUEUE_FULL`, `RAFT_NODE_TOO_LARGE`, `RAFT_NODE_ABORTED` */
  add(data: Uint8Array, ownBytes: number, signal: AbortSignal | undefined): Promise<ProposalAnswer> {
    this.#assertRoom(data.length, ownBytes);
    if (signal?.aborted) throw aborted(signal, 'rejected');
    return new Promise((resolve, reject) => {
      const proposedMs = this.#clock.monotonicMs();
      const proposal: Proposal = {
        data,
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

  /**
   * Gives what arrived in this turn to the core, in one call.
   *
   * @returns whether some of it is left for the next turn, because there was more than one turn should copy and checksum
   */
  propose(toCore: (data: readonly Uint8Array[]) => void): boolean {
    const batch = this.#takeBatch();
    if (batch.length > 0) this.#proposeBatch(batch, toCore);
    return this.#arrived.length > 0;
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

  #proposeBatch(batch: readonly Proposal[], toCore: (data: readonly Uint8Array[]) => void): void {
    try {
      toCore(batch.map((proposal) => proposal.data));
    } catch (thrown) {
      if (!isProposalDropped(thrown)) {
        this.#proposed.push(...batch);
        throw thrown;
      }
      for (const proposal of batch) this.#reject(proposal, dropped(thrown));
      return;
    }
    this.#proposed = [...this.#proposed.slice(this.#proposedHead), ...batch];
    this.#proposedHead = 0;
  }

  /** Learns from what the core appends which proposal became which entry: the core keeps their order and their very bytes. */
  onAppended(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const next = this.#proposed[this.#proposedHead];
      if (next === undefined) return;
      if (next.data !== entry.data) continue;
      this.#proposedHead++;
      next.term = entry.term;
      const older = this.#appended.get(entry.index);
      if (older !== undefined) this.#reject(older, replaced(entry.index, older.term));
      this.#appended.set(entry.index, next);
    }
  }

  /** When the entry at this index was proposed here; undefined when it was not. */
  proposedMs(index: LogIndex): number | undefined {
    return this.#appended.get(index)?.proposedMs;
  }

  /** The entry at this index was applied. */
  onApplied({ index, term }: Entry, answer: Uint8Array | SessionRefusal): void {
    const proposal = this.#appended.get(index);
    if (proposal === undefined) return;
    this.#appended.delete(index);
    if (proposal.term !== term) this.#reject(proposal, lost(index, proposal.term, term));
    else if (typeof answer === 'string') this.#reject(proposal, refused(answer));
    else this.#resolve(proposal, { data: answer, index });
  }

  /**
   * Ends all waits.
   *
   * @param code - why; those that had not reached the core are rejected, for the others the outcome is unknown
   */
  endAll(code: RaftNodeErrorCode, message: string, cause?: unknown): void {
    const arrived = this.#arrived;
    const under = [...this.#proposed.slice(this.#proposedHead), ...this.#appended.values()];
    this.#arrived = [];
    this.#proposed = [];
    this.#proposedHead = 0;
    this.#appended.clear();
    for (const proposal of arrived) this.#reject(proposal, new RaftNodeError(code, message, { cause }));
    for (const proposal of under)
      this.#reject(proposal, new RaftNodeError(code, message, { cause, outcome: 'unknown' }));
    assert(this.#bytes === 0, () => `${this.#bytes} bytes of proposals are left where none are`);
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

function dropped(error: RaftError): RaftNodeError {
  const code = error.code === 'RAFT_UNCOMMITTED_FULL' ? 'RAFT_NODE_QUEUE_FULL' : 'RAFT_NODE_NOT_LEADER';
  return new RaftNodeError(code, error.message, { cause: error, retriable: error.retriable });
}

function lost(index: number, own: number | undefined, other: number): RaftNodeError {
  const message = `entry ${index} of term ${own} was replaced by one of term ${other}`;
  return new RaftNodeError('RAFT_NODE_LOST', message, { retriable: true });
}

/** Overwritten here, in a time in which this node did not lead: whether another node still has it and spreads it is not known. */
function replaced(index: number, own: number | undefined): RaftNodeError {
  const message = `entry ${index} of term ${own} was replaced here before it was committed`;
  return new RaftNodeError('RAFT_NODE_LOST', message, { outcome: 'unknown', retriable: true });
}

function refused(refusal: SessionRefusal): RaftNodeError {
  const why = refusal === 'expired' ? 'there is no such session (any more)' : 'the session had given up on this number';
  return new RaftNodeError('RAFT_NODE_SESSION_EXPIRED', why);
}

function aborted(signal: AbortSignal, outcome: 'rejected' | 'unknown'): RaftNodeError {
  const message = outcome === 'rejected' ? 'aborted before it was proposed' : 'aborted while it was under way';
  return new RaftNodeError('RAFT_NODE_ABORTED', message, { cause: signal.reason, outcome });
}
