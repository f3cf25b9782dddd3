import type { Entry, LogIndex, Term } from '@streambus/raft';

/** Something that was given to the core to append. */
export interface AppendTicket {
  /** The very bytes that were given. */
  readonly data: Uint8Array;
  /** Tells which entry it has become. */
  onAppended(index: LogIndex, term: Term): void;
}

/** Learns from what the core appends which ticket became which entry: the core keeps their order and their very bytes. */
export class AppendTickets {
  #tickets: AppendTicket[] = [];
  #head = 0;

  /** They were given to the core, in this order. */
  push(tickets: readonly AppendTicket[]): void {
    this.#tickets = [...this.#tickets.slice(this.#head), ...tickets];
    this.#head = 0;
  }

  /** The core has appended these. */
  onAppended(entries: readonly Entry[]): void {
    for (const { data, index, term } of entries) {
      const next = this.#tickets[this.#head];
      if (next === undefined) return;
      if (next.data !== data) continue;
      this.#head++;
      next.onAppended(index, term);
    }
  }

  clear(): void {
    this.#tickets = [];
    this.#head = 0;
  }
}
