import type { SessionId, SessionStamp } from '@streambus/raft-node';

/** The client's half of a session, which outlives every node: numbers, and which of them still want an answer. */
export class SessionLine {
  readonly #id: SessionId;
  readonly #outstanding = new Set<number>();
  #next = 1;

  constructor(id: number) {
    this.#id = id as SessionId;
  }

  /** @returns the number of a new write */
  begin(): number {
    const sequence = this.#next++;
    this.#outstanding.add(sequence);
    return sequence;
  }

  /** What makes an attempt known as one of this write's. */
  stamp(sequence: number): SessionStamp {
    return { id: this.#id, sequence, firstOutstanding: Math.min(...this.#outstanding) };
  }

  /** It has its answer, or nobody asks for it any more. */
  end(sequence: number): void {
    this.#outstanding.delete(sequence);
  }
}
