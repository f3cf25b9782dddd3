import type { AppliedEntry, StateMachine, StateMachineSnapshot } from '@streambus/raft-node';
import { decodeCommand, encodeAnswer, type RegisterCommand, readUint32, writeUint32 } from './register-command.ts';

/** What the machine tells of each command. */
export interface AppliedCommand {
  readonly index: number;
  readonly term: number;
  readonly command: RegisterCommand;
  /** What the register held before. */
  readonly before: number;
  /** Stands for everything that was applied so far, in its order. */
  readonly digest: number;
}

interface Register {
  readonly value: number;
  readonly ballastBytes: number;
}

const headerBytes = 12;
const registerBytes = 10;

/**
 * Registers by key. It keeps a digest of all that it has applied, in its snapshots too, so that two of them that have applied something else
 * once differ for ever.
 */
export class RegisterMachine implements StateMachine {
  readonly #registers = new Map<number, Register>();
  readonly #onApplied: (applied: AppliedCommand) => void;
  readonly #onRestored: (index: number, digest: number) => void;
  #digest = 0;
  #appliedIndex = 0;

  constructor(onApplied: (applied: AppliedCommand) => void, onRestored: (index: number, digest: number) => void) {
    this.#onApplied = onApplied;
    this.#onRestored = onRestored;
  }

  /** What a local read reads. */
  valueOf(key: number): number {
    return this.#registers.get(key)?.value ?? 0;
  }

  apply({ index, term, data }: AppliedEntry): Uint8Array {
    const command = decodeCommand(data);
    const { type, operation, key, expected, ballastBytes } = command;
    const before = this.valueOf(key);
    if (type === 'write' || (type === 'compareAndSet' && before === expected)) {
      this.#registers.set(key, { value: operation, ballastBytes });
    }
    this.#digest = mixed(mixed(mixed(this.#digest, index), operation), before);
    this.#appliedIndex = index;
    this.#onApplied({ index, term, command, before, digest: this.#digest });
    return encodeAnswer(before);
  }

  snapshot(): StateMachineSnapshot {
    const registers = [...this.#registers].sort(([one], [other]) => one - other);
    const header = new Uint8Array(headerBytes);
    writeUint32(header, 0, this.#digest);
    writeUint32(header, 4, this.#appliedIndex);
    writeUint32(header, 8, registers.length);
    return pieces(header, registers);
  }

  restore(snapshot: Uint8Array): void {
    this.#registers.clear();
    this.#digest = readUint32(snapshot, 0);
    this.#appliedIndex = readUint32(snapshot, 4);
    let at = headerBytes;
    for (let left = readUint32(snapshot, 8); left > 0; left--) {
      const key = (snapshot[at] ?? 0) | ((snapshot[at + 1] ?? 0) << 8);
      const register = { value: readUint32(snapshot, at + 2), ballastBytes: readUint32(snapshot, at + 6) };
      this.#registers.set(key, register);
      at += registerBytes + register.ballastBytes;
    }
    if (at !== snapshot.length) throw new Error(`a snapshot of ${snapshot.length} bytes ends at ${at}`);
    this.#onRestored(this.#appliedIndex, this.#digest);
  }
}

function* pieces(header: Uint8Array, registers: readonly (readonly [number, Register])[]): Iterable<Uint8Array> {
  yield header;
  for (const [key, { value, ballastBytes }] of registers) {
    const piece = new Uint8Array(registerBytes + ballastBytes);
    piece[0] = key & 0xff;
    piece[1] = key >>> 8;
    writeUint32(piece, 2, value);
    writeUint32(piece, 6, ballastBytes);
    piece.fill(value & 0xff, registerBytes);
    yield piece;
  }
}

function mixed(digest: number, value: number): number {
  const sum = Math.imul(digest ^ value, 0x85ebca6b);
  return (sum ^ (sum >>> 13)) >>> 0;
}
