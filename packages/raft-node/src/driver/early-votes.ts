import { type Message, MessageType, type Term } from '@streambus/raft';

/**
 * Votes for this node that come before its own is durable, held back until it is.
 *
 * The core asks the others while its own vote is on the way to the disk, and theirs may be enough. But a leader whose term is not durable may
 * come back from a crash in an earlier one, be elected by the same voters in the same term again, and append other entries at the same places:
 * of two entries with one index and one term, which Raft takes for the same (dissertation, figure 3.2), some nodes have one, some the other.
 */
export class EarlyVotes {
  /** The term up to which what this node has voted is durable. */
  #durableTerm: Term;
  #held: Message[] = [];

  constructor(durableTerm: Term) {
    this.#durableTerm = durableTerm;
  }

  /** @returns whether it is held back */
  hold(message: Message): boolean {
    if (message.type !== MessageType.voteResponse || message.reject || message.term <= this.#durableTerm) return false;
    // Of an election that is over nobody waits for votes any more; of one, each voter gives one.
    this.#held = this.#held.filter(({ term, from }) => term === message.term && from !== message.from);
    this.#held.push(message);
    return true;
  }

  /** A hard state of this term is durable. @returns what counts from now on */
  onDurable(term: Term): readonly Message[] {
    if (term <= this.#durableTerm) return none;
    this.#durableTerm = term;
    const counting = this.#held.filter((message) => message.term <= term);
    this.#held = this.#held.filter((message) => message.term > term);
    return counting;
  }
}

const none: readonly Message[] = [];
