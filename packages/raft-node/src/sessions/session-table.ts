import { assert } from '@streambus/runtime';
import { VarintReader, varintBytes, writeVarint } from '../bytes/varint.ts';
import type { SessionId, SessionStamp } from '../session.ts';

/**
 * Why a proposal of a session is not applied.
 *
 * - `expired`: there is no such session (any more).
 * - `forgotten`: the session had said that nobody asks for this number again.
 */
export type SessionRefusal = 'expired' | 'forgotten';

interface SessionState {
  lastUsedIndex: number;
  firstOutstanding: number;
  readonly answers: Map<number, Uint8Array>;
}

/**
 * The replicated half of sessions (dissertation, section 6.3): which proposals were applied, and what they were answered.
 *
 * Invariants:
 * 1. No answer is kept below its session's `firstOutstanding`.
 * 2. Sessions are ordered by `lastUsedIndex`, which no two share, so that every replica forgets the same ones.
 */
export class SessionTable {
  /** Least recently used first. */
  readonly #sessions = new Map<SessionId, SessionState>();

  get size(): number {
    return this.#sessions.size;
  }

  /** Opens the session that is named after the entry at `index`. */
  open(index: number, maxSessions: number): void {
    this.#sessions.set(index as SessionId, { lastUsedIndex: index, firstOutstanding: 1, answers: new Map() });
    for (const id of this.#sessions.keys()) {
      if (this.#sessions.size <= Math.max(1, maxSessions)) break;
      this.#sessions.delete(id);
    }
  }

  close(id: SessionId): void {
    this.#sessions.delete(id);
  }

  /**
   * Applies the proposal unless it was applied before.
   *
   * @param index - where this attempt is in the log
   * @param apply - what makes the answer of a first attempt
   */
  applyOnce(index: number, stamp: SessionStamp, apply: () => Uint8Array): Uint8Array | SessionRefusal {
    const session = this.#sessions.get(stamp.id);
    if (session === undefined) return 'expired';
    this.#touch(stamp.id, session, index);
    forgetBelow(session, stamp.firstOutstanding);
    if (stamp.sequence < session.firstOutstanding) return 'forgotten';
    const known = session.answers.get(stamp.sequence);
    if (known !== undefined) return known;
    const answer = apply();
    session.answers.set(stamp.sequence, answer);
    return answer;
  }

  /** All of it, as bytes: equal for equal tables. */
  encode(): Uint8Array {
    const numbers: (number | Uint8Array)[] = [this.#sessions.size];
    for (const [id, session] of [...this.#sessions].sort(([a], [b]) => a - b)) {
      numbers.push(id, session.lastUsedIndex, session.firstOutstanding, session.answers.size);
      for (const [sequence, answer] of [...session.answers].sort(([a], [b]) => a - b)) {
        numbers.push(sequence, answer.length, answer);
      }
    }
    return concatenated(numbers);
  }

  /** Takes what {@link encode} gave in place of its own content. */
  restore(bytes: Uint8Array): void {
    const reader = new VarintReader(bytes);
    const sessions: [SessionId, SessionState][] = [];
    for (let left = reader.varint(); left > 0 && !reader.broken; left--) sessions.push(readSession(reader));
    assert(!reader.broken && reader.atEnd, `a session table of ${bytes.length} bytes does not end where it says`);
    this.#sessions.clear();
    sessions.sort(([, a], [, b]) => a.lastUsedIndex - b.lastUsedIndex);
    for (const [id, session] of sessions) this.#sessions.set(id, session);
  }

  #touch(id: SessionId, session: SessionState, index: number): void {
    session.lastUsedIndex = index;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
  }
}

function forgetBelow(session: SessionState, firstOutstanding: number): void {
  if (firstOutstanding <= session.firstOutstanding) return;
  const { answers, firstOutstanding: before } = session;
  session.firstOutstanding = firstOutstanding;
  // Mostly it is the next one that is forgotten, out of a thousand.
  if (firstOutstanding - before <= answers.size) {
    for (let sequence = before; sequence < firstOutstanding; sequence++) answers.delete(sequence);
    return;
  }
  for (const sequence of answers.keys()) if (sequence < firstOutstanding) answers.delete(sequence);
}

function readSession(reader: VarintReader): [SessionId, SessionState] {
  const id = reader.varint() as SessionId;
  const session = { lastUsedIndex: reader.varint(), firstOutstanding: reader.varint(), answers: new Map() };
  for (let left = reader.varint(); left > 0 && !reader.broken; left--) {
    session.answers.set(reader.varint(), reader.take(reader.varint()).slice());
  }
  return [id, session];
}

function concatenated(parts: readonly (number | Uint8Array)[]): Uint8Array {
  const length = parts.reduce<number>(
    (sum, part) => sum + (typeof part === 'number' ? varintBytes(part) : part.length),
    0,
  );
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    if (typeof part === 'number') {
      position = writeVarint(bytes, position, part);
    } else {
      bytes.set(part, position);
      position += part.length;
    }
  }
  return bytes;
}
