import type { AppliedEntry, StateMachine, StateMachineRestore, StateMachineSnapshot } from '@streambus/raft-node';
import { type MachineHandlers, mixed } from './machine.ts';
import { decodeCommand, encodeAnswer, readUint32, writeUint32 } from './register-command.ts';

/** How a machine goes about its snapshots. */
export interface MachineTraits {
  /** So many bytes are in each snapshot beside the registers. */
  readonly paddingBytes: number;
  /** Whether it takes a snapshot back piece by piece. */
  readonly restoresInPieces: boolean;
}

interface Register {
  readonly value: number;
  readonly ballastBytes: number;
}

/** What a snapshot holds. */
interface Content {
  readonly digest: number;
  readonly appliedIndex: number;
  readonly registers: Map<number, Register>;
}

const headerBytes = 8;
const registerBytes = 10;
const paddingPieceBytes = 100_000;
/** With what a piece begins. */
const kinds = { header: 0, register: 1, padding: 2 } as const;

/** Makes a machine: with or without the way to restore in pieces, since a node looks at what is there. */
export function createRegisterMachine(traits: MachineTraits, handlers: MachineHandlers): RegisterMachine {
  return traits.restoresInPieces
    ? new PiecewiseRegisterMachine(traits, handlers)
    : new RegisterMachine(traits, handlers);
}

/**
 * Registers by key. It keeps a digest of all that it has applied, in its snapshots too, so that two of them that have applied something else
 * once differ for ever.
 */
export class RegisterMachine implements StateMachine {
  readonly #traits: MachineTraits;
  readonly #handlers: MachineHandlers;
  #content: Content = { digest: 0, appliedIndex: 0, registers: new Map() };

  constructor(traits: MachineTraits, handlers: MachineHandlers) {
    this.#traits = traits;
    this.#handlers = handlers;
  }

  /** What a local read reads. */
  valueOf(key: number): number {
    return this.#content.registers.get(key)?.value ?? 0;
  }

  apply({ index, term, data }: AppliedEntry): Uint8Array {
    const command = decodeCommand(data);
    const { type, operation, key, expected, ballastBytes } = command;
    const { registers } = this.#content;
    const before = this.valueOf(key);
    if (type === 'write' || (type === 'compareAndSet' && before === expected)) {
      registers.set(key, { value: operation, ballastBytes });
    }
    const digest = mixed(mixed(mixed(this.#content.digest, index), operation), before);
    this.#content = { digest, appliedIndex: index, registers };
    this.#handlers.onApplied({ index, term, operation, answer: before, digest });
    return encodeAnswer(before);
  }

  snapshot(): StateMachineSnapshot {
    const { digest, appliedIndex, registers } = this.#content;
    const sorted = [...registers].sort(([one], [other]) => one - other);
    return pieces(digest, appliedIndex, sorted, this.#traits.paddingBytes);
  }

  restore(snapshot: Uint8Array): void {
    const restore = this.beginReading();
    restore.add(snapshot);
    restore.finish();
  }

  protected beginReading(): StateMachineRestore {
    const content: { digest: number; appliedIndex: number; readonly registers: Map<number, Register> } = {
      digest: 0,
      appliedIndex: 0,
      registers: new Map(),
    };
    return {
      add: (bytes) => readPieces(bytes, content),
      finish: () => {
        this.#content = content;
        this.#handlers.onRestored(content.appliedIndex, content.digest);
      },
    };
  }
}

class PiecewiseRegisterMachine extends RegisterMachine {
  beginRestore(): StateMachineRestore {
    return this.beginReading();
  }
}

function* pieces(
  digest: number,
  appliedIndex: number,
  registers: readonly (readonly [number, Register])[],
  paddingBytes: number,
): Iterable<Uint8Array> {
  yield piece(kinds.header, headerBytes, (bytes) => {
    writeUint32(bytes, 1, digest);
    writeUint32(bytes, 5, appliedIndex);
  });
  for (const [key, { value, ballastBytes }] of registers) {
    yield piece(kinds.register, registerBytes + ballastBytes, (bytes) => {
      bytes[1] = key & 0xff;
      bytes[2] = key >>> 8;
      writeUint32(bytes, 3, value);
      writeUint32(bytes, 7, ballastBytes);
      bytes.fill(value & 0xff, 1 + registerBytes);
    });
  }
  for (let left = paddingBytes; left > 0; left -= paddingPieceBytes) {
    const length = Math.min(left, paddingPieceBytes);
    yield piece(kinds.padding, 4 + length, (bytes) => {
      writeUint32(bytes, 1, length);
      bytes.fill(digest & 0xff, 5);
    });
  }
}

function piece(kind: number, length: number, fill: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(1 + length);
  bytes[0] = kind;
  fill(bytes);
  return bytes;
}

/** Reads one piece, or all of them behind one another. */
function readPieces(
  bytes: Uint8Array,
  content: { digest: number; appliedIndex: number; readonly registers: Map<number, Register> },
): void {
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === kinds.header) {
      content.digest = readUint32(bytes, at + 1);
      content.appliedIndex = readUint32(bytes, at + 5);
      at += 1 + headerBytes;
    } else if (kind === kinds.register) {
      const key = (bytes[at + 1] ?? 0) | ((bytes[at + 2] ?? 0) << 8);
      const register = { value: readUint32(bytes, at + 3), ballastBytes: readUint32(bytes, at + 7) };
      content.registers.set(key, register);
      at += 1 + registerBytes + register.ballastBytes;
    } else {
      at += 5 + readUint32(bytes, at + 1);
    }
  }
  if (at !== bytes.length) throw new Error(`a snapshot of ${bytes.length} bytes ends at ${at}`);
}
