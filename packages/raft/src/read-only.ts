import type { LogIndex, NodeId } from './identifiers.ts';
import type { Message } from './message.ts';

/** A read that waits for a quorum to confirm that its leader still leads. */
export interface PendingRead {
  /** Undefined where nobody asks and a lease is to be renewed. */
  readonly request: Message | undefined;
  /** The commit index when it was asked: what the reader must have applied. */
  readonly index: LogIndex;
  /** {@link Lease.now} when it was asked. */
  readonly askedTick: number;
  readonly acknowledged: Set<NodeId>;
}

const keyDecoder = new TextDecoder('latin1');

/** A map's key of bytes: one character each, so that different bytes give different keys. */
export function contextKey(context: Uint8Array): string {
  return keyDecoder.decode(context);
}

/**
 * The reads that wait for confirmation, oldest first (section 6.4). A round that confirms one confirms all before it.
 *
 * Invariant: contexts are unique; insertion order is the order of arrival.
 */
export class ReadOnlyQueue {
  readonly #maxReads: number;
  readonly #pending = new Map<string, PendingRead>();
  #newestContext: Uint8Array | undefined;

  constructor(maxReads: number) {
    this.#maxReads = maxReads;
  }

  /** The context that a heartbeat carries, so that its answers confirm every read. */
  get newestContext(): Uint8Array | undefined {
    return this.#newestContext;
  }

  get full(): boolean {
    return this.#pending.size >= this.#maxReads;
  }

  /** Queues a read; one whose context is pending already is not asked twice. */
  add(context: Uint8Array, read: PendingRead): void {
    const key = contextKey(context);
    if (this.#pending.has(key)) return;
    this.#pending.set(key, read);
    this.#newestContext = context;
  }

  get(context: Uint8Array): PendingRead | undefined {
    return this.#pending.get(contextKey(context));
  }

  /** Takes out this read and all before it. */
  confirmTo(context: Uint8Array): readonly PendingRead[] {
    const last = contextKey(context);
    const confirmed: PendingRead[] = [];
    if (!this.#pending.has(last)) return confirmed;
    for (const [key, read] of this.#pending) {
      this.#pending.delete(key);
      confirmed.push(read);
      if (key === last) break;
    }
    if (this.#pending.size === 0) this.#newestContext = undefined;
    return confirmed;
  }

  clear(): void {
    this.#pending.clear();
    this.#newestContext = undefined;
  }
}
