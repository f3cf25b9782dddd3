import type { Message, NodeId } from '@streambus/raft';

/** What notices need. */
export interface CommitNoticesParts {
  readonly send: (message: Message) => void;
  /** Something is held back: {@link CommitNotices.release} is owed when this turn is over. */
  readonly onHeld: () => void;
}

/**
 * Brings a leader's appends to its followers. One without entries says little more than how far the log is committed, and who waited for that
 * proposes the next in the same turn: so it is held back until the turn is over, and does not go at all when an append says the same.
 * Under load that is half of all messages, each of which a follower would answer.
 *
 * Invariant: a follower gets appends in their order.
 */
export class CommitNotices {
  readonly #parts: CommitNoticesParts;
  /** At most one for each follower. */
  readonly #held = new Map<NodeId, Message>();

  constructor(parts: CommitNoticesParts) {
    this.#parts = parts;
  }

  /** Takes an append. */
  send(append: Message): void {
    const { to, entries } = append;
    const held = this.#held.get(to);
    if (held !== undefined) {
      this.#held.delete(to);
      if (!saysAll(append, held)) this.#parts.send(held);
    }
    if (entries.length > 0) {
      this.#parts.send(append);
      return;
    }
    this.#held.set(to, append);
    this.#parts.onHeld();
  }

  /** Sends what is held back. */
  release(): void {
    if (this.#held.size === 0) return;
    const messages = [...this.#held.values()];
    this.#held.clear();
    for (const message of messages) this.#parts.send(message);
  }
}

/** Whether a follower that gets only the later append learns all that the earlier one says, which has no entries. */
function saysAll(later: Message, earlier: Message): boolean {
  return later.term === earlier.term && later.index >= earlier.index && later.commit >= earlier.commit;
}
