import type { LogIndex, ReadState } from '@streambus/raft';
import { assert, type Deferred, defer } from '@streambus/runtime';
import { varintBytes, writeVarint } from '../bytes/varint.ts';
import { RaftNodeError } from '../errors.ts';

type Reader = Deferred<LogIndex>;

/** One question to the core, for all who asked in one turn. */
interface Round {
  readonly key: string;
  readonly readers: Set<Reader>;
  ticks: number;
}

/** Readers that know from which index on they may read. */
interface Confirmed {
  readonly index: LogIndex;
  readonly readers: Set<Reader>;
}

/** What the barriers need of their node. */
export interface ReadBarrierParts {
  readonly maxWaitingReads: number;
  /** A round without an answer for so long is asked again. */
  readonly retryTicks: number;
  /** Makes this node's questions differ from those of its former lives. */
  readonly incarnation: Uint8Array;
  /** Asks the core. */
  readonly ask: (context: Uint8Array) => void;
}

/**
 * Who waits for what in `readBarrier`. A round whose answer does not come is asked again under a fresh context, never the same:
 * a late answer to the first would show an older state than the second asks for.
 */
export class ReadBarriers {
  readonly #parts: ReadBarrierParts;
  #arrived = new Set<Reader>();
  readonly #rounds = new Map<string, Round>();
  #confirmed: Confirmed[] = [];
  #nextRound = 1;
  #count = 0;

  constructor(parts: ReadBarrierParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#count;
  }

  /** @throws RaftNodeError `RAFT_NODE_QUEUE_FULL`, `RAFT_NODE_ABORTED` */
  async wait(signal: AbortSignal | undefined): Promise<LogIndex> {
    if (signal?.aborted) throw aborted(signal);
    this.#assertRoom();
    const reader = defer<LogIndex>();
    const onAbort = (): void => {
      this.#drop(reader);
      reader.reject(aborted(signal as AbortSignal));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#arrived.add(reader);
    this.#count++;
    try {
      return await reader.promise;
    } finally {
      this.#count--;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Asks for all who arrived since the last time. */
  ask(): void {
    if (this.#arrived.size === 0) return;
    const readers = this.#arrived;
    this.#arrived = new Set();
    const context = this.#freshContext();
    const round: Round = { key: keyOf(context), readers, ticks: 0 };
    this.#rounds.set(round.key, round);
    this.#parts.ask(context);
  }

  /** Answers from the core. */
  onReadStates(states: readonly ReadState[]): void {
    for (const { context, index } of states) {
      const key = keyOf(context);
      const round = this.#rounds.get(key);
      if (round === undefined) continue;
      this.#rounds.delete(key);
      this.#confirmed.push({ index, readers: round.readers });
    }
  }

  /** The state machine has applied up to `applied`. */
  release(applied: LogIndex): void {
    if (this.#confirmed.length === 0) return;
    const waiting: Confirmed[] = [];
    for (const confirmed of this.#confirmed) {
      if (confirmed.index > applied) waiting.push(confirmed);
      else for (const reader of confirmed.readers) reader.resolve(applied);
    }
    this.#confirmed = waiting;
  }

  /** One tick has passed. */
  onTick(): void {
    for (const round of [...this.#rounds.values()]) {
      round.ticks++;
      if (round.ticks >= this.#parts.retryTicks) this.#askAgain(round);
    }
    this.ask();
  }

  /** Who was asked may be gone. */
  onLeaderChange(): void {
    for (const round of [...this.#rounds.values()]) this.#askAgain(round);
  }

  /** Ends all waits. */
  endAll(error: RaftNodeError): void {
    const groups = [this.#arrived, ...[...this.#rounds.values(), ...this.#confirmed].map(({ readers }) => readers)];
    this.#arrived = new Set();
    this.#rounds.clear();
    this.#confirmed = [];
    for (const readers of groups) for (const reader of readers) reader.reject(error);
  }

  #askAgain(round: Round): void {
    this.#rounds.delete(round.key);
    for (const reader of round.readers) this.#arrived.add(reader);
  }

  #drop(reader: Reader): void {
    this.#arrived.delete(reader);
    for (const { readers } of this.#rounds.values()) readers.delete(reader);
    for (const { readers } of this.#confirmed) readers.delete(reader);
  }

  #assertRoom(): void {
    const { maxWaitingReads } = this.#parts;
    if (this.#count < maxWaitingReads) return;
    const message = `${this.#count} readers wait; maxWaitingReads is ${maxWaitingReads}`;
    throw new RaftNodeError('RAFT_NODE_QUEUE_FULL', message, { retriable: true });
  }

  #freshContext(): Uint8Array {
    const { incarnation } = this.#parts;
    const round = this.#nextRound++;
    const context = new Uint8Array(incarnation.length + varintBytes(round));
    context.set(incarnation);
    const end = writeVarint(context, incarnation.length, round);
    assert(end === context.length, 'a read context has another length than computed');
    return context;
  }
}

function keyOf(context: Uint8Array): string {
  return String.fromCharCode(...context);
}

function aborted(signal: AbortSignal): RaftNodeError {
  return new RaftNodeError('RAFT_NODE_ABORTED', 'aborted while waiting to read', { cause: signal.reason });
}
