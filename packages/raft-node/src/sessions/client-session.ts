import { toError } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { Session, SessionId, SessionProposal, SessionStamp } from '../session.ts';

/** What a session needs of its node. */
export interface SessionParts {
  readonly id: SessionId;
  readonly maxOutstanding: number;
  readonly propose: (stamp: SessionStamp, data: Uint8Array, signal: AbortSignal | undefined) => Promise<Uint8Array>;
  readonly close: (id: SessionId, signal: AbortSignal | undefined) => Promise<void>;
}

/** The proposer's half of a session: numbers, and which of them still want an answer. */
export class ClientSession implements Session {
  readonly #parts: SessionParts;
  #nextSequence = 1;
  /** In ascending order, because numbers are given out so. */
  readonly #outstanding = new Set<number>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get id(): SessionId {
    return this.#parts.id;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  prepare(data: Uint8Array): SessionProposal {
    const { maxOutstanding } = this.#parts;
    const sequence = this.#nextSequence;
    if (sequence - this.#firstOutstanding() >= maxOutstanding) {
      const message = `session ${this.id} waits for ${this.#firstOutstanding()}, so ${sequence} is ${maxOutstanding} (maxOutstanding) ahead`;
      throw new RaftNodeError('RAFT_NODE_SESSION_WINDOW_FULL', message, { retriable: true });
    }
    this.#nextSequence++;
    this.#outstanding.add(sequence);
    return new ClientProposal(
      sequence,
      (signal) => {
        const stamp = { id: this.id, sequence, firstOutstanding: this.#firstOutstanding() };
        return this.#parts.propose(stamp, data, signal);
      },
      () => this.#outstanding.delete(sequence),
    );
  }

  close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#parts.close(this.id, options.signal);
  }

  #firstOutstanding(): number {
    for (const first of this.#outstanding) return first;
    return this.#nextSequence;
  }
}

class ClientProposal implements SessionProposal {
  readonly sequence: number;
  readonly #propose: (signal: AbortSignal | undefined) => Promise<Uint8Array>;
  readonly #end: () => void;
  /** Whether an attempt ended without telling how. */
  #maybeApplied = false;
  #ended = false;

  constructor(sequence: number, propose: (signal: AbortSignal | undefined) => Promise<Uint8Array>, end: () => void) {
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
      const answer = await this.#propose(options.signal);
      this.abandon();
      return answer;
    } catch (thrown) {
      throw this.#judge(thrown);
    }
  }

  abandon(): void {
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
