import { toError } from '@streambus/runtime';
import type { ProposalAnswer } from '../driver/proposals.ts';
import { RaftNodeError } from '../errors.ts';
import type { Session, SessionId, SessionProposal, SessionStamp } from '../session.ts';

/** What a session needs of its node. */
export interface SessionParts {
  readonly id: SessionId;
  readonly maxOutstanding: number;
  /** May throw instead of rejecting. */
  readonly propose: (stamp: SessionStamp, data: Uint8Array, signal: AbortSignal | undefined) => Promise<ProposalAnswer>;
  readonly close: (id: SessionId, signal: AbortSignal | undefined) => Promise<void>;
}

/** The proposer's half of a session: numbers, and which of them still want an answer. */
export class ClientSession implements Session {
  readonly #parts: SessionParts;
  #nextSequence = 1;
  /** The first that still wants an answer; the next one where none does. */
  #firstOutstanding = 1;
  /** Those after it that want none any more. */
  readonly #endedEarly = new Set<number>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get id(): SessionId {
    return this.#parts.id;
  }

  get outstanding(): number {
    return this.#nextSequence - this.#firstOutstanding - this.#endedEarly.size;
  }

  prepare(data: Uint8Array): SessionProposal {
    const { maxOutstanding } = this.#parts;
    const sequence = this.#nextSequence;
    if (sequence - this.#firstOutstanding >= maxOutstanding) {
      const message = `session ${this.id} waits for ${this.#firstOutstanding}, so ${sequence} is ${maxOutstanding} (maxOutstanding) ahead`;
      throw new RaftNodeError('RAFT_NODE_SESSION_WINDOW_FULL', message, { retriable: true });
    }
    this.#nextSequence++;
    return new ClientProposal(
      sequence,
      (signal) => {
        const stamp = { id: this.id, sequence, firstOutstanding: this.#firstOutstanding };
        return this.#parts.propose(stamp, data, signal);
      },
      () => this.#end(sequence),
    );
  }

  close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#parts.close(this.id, options.signal);
  }

  /** Once for each. */
  #end(sequence: number): void {
    if (sequence !== this.#firstOutstanding) {
      this.#endedEarly.add(sequence);
      return;
    }
    do this.#firstOutstanding++;
    while (this.#endedEarly.size > 0 && this.#endedEarly.delete(this.#firstOutstanding));
  }
}

class ClientProposal implements SessionProposal {
  readonly sequence: number;
  readonly #propose: (signal: AbortSignal | undefined) => Promise<ProposalAnswer>;
  readonly #end: () => void;
  /** Whether an attempt ended without telling how. */
  #maybeApplied = false;
  #ended = false;

  constructor(
    sequence: number,
    propose: (signal: AbortSignal | undefined) => Promise<ProposalAnswer>,
    end: () => void,
  ) {
    this.sequence = sequence;
    this.#propose = propose;
    this.#end = end;
  }

  async submit(options: { readonly signal?: AbortSignal } = {}): Promise<Uint8Array> {
    if (this.#ended) {
      const message = `proposal ${this.sequence} was answered or abandoned before`;
      const outcome = this.#maybeApplied ? 'unknown' : 'rejected';
      throw new RaftNodeError('RAFT_NODE_SESSION_EXPIRED', message, { outcome });
    }
    try {
      const { data } = await this.#propose(options.signal);
      this.abandon();
      return data;
    } catch (thrown) {
      throw this.#judge(thrown);
    }
  }

  abandon(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#end();
  }

  /** One attempt was rejected: that says nothing of an earlier one whose end is unknown. */
  #judge(thrown: unknown): Error {
    if (!(thrown instanceof RaftNodeError)) return toError(thrown);
    const { code, message, retriable, outcome } = thrown;
    if (outcome === 'unknown') this.#maybeApplied = true;
    if (code === 'RAFT_NODE_SESSION_EXPIRED' || code === 'RAFT_NODE_TOO_LARGE') this.abandon();
    if (outcome === 'unknown' || !this.#maybeApplied) return thrown;
    const told = `${message} (an earlier attempt may have been applied)`;
    return new RaftNodeError(code, told, { retriable, outcome: 'unknown', cause: thrown });
  }
}
