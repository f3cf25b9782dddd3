import type { MetadataStateMachine } from '@streambus/metadata';
import { encodeMetadataAnswer } from './metadata-answers.ts';
import { decodeMetadataCommand } from './metadata-commands.ts';
import { encodeMetadataStatePieces } from './metadata-state.ts';
import { MetadataStateDecoder } from './metadata-state-decoder.ts';

/** A metadata state machine in terms of bytes, as whoever replicates a log runs it; `@streambus/raft-node` takes it as it is. */
export interface MetadataLogStateMachine {
  /**
   * Applies a command and gives the answer.
   *
   * @throws CodecError for bytes that this version cannot read: a replica that went on without them would differ from the others, so it
   * has to stop
   */
  apply(entry: { readonly data: Uint8Array }): Uint8Array;
  /** The state as of this call, in pieces that may be taken later. */
  snapshot(): Iterable<Uint8Array>;
  /** @throws CodecError; then the state is what it was */
  restore(snapshot: Uint8Array): void;
  /**
   * Begins to replace the state by a snapshot that comes piece by piece: those that {@link snapshot} gave, or others of any size that make the
   * same bytes. Each is read and its part of the state checked at once, so that no call takes longer than its piece is long. The state stays
   * what it is until all of it is finished.
   */
  beginRestore(): MetadataLogRestore;
}

/** A state that is on its way to replace another one. */
export interface MetadataLogRestore {
  /** Takes the next piece; it is not kept. @throws CodecError; then this restore is given up */
  add(piece: Uint8Array): void;
  /** Every piece was given. @throws CodecError; then the state is what it was */
  finish(): void;
}

/** Puts bytes around a metadata state machine. */
export function createMetadataLogStateMachine(machine: MetadataStateMachine): MetadataLogStateMachine {
  const beginRestore = (): MetadataLogRestore => {
    const restore = machine.beginRestore();
    const decoder = new MetadataStateDecoder(restore);
    return {
      add: (piece) => decoder.add(piece),
      finish() {
        decoder.end();
        restore.finish();
      },
    };
  };
  return {
    apply: ({ data }) => encodeMetadataAnswer(machine.apply(decodeMetadataCommand(data))),
    snapshot: () => encodeMetadataStatePieces(machine.snapshot()),
    restore(snapshot) {
      const restore = beginRestore();
      restore.add(snapshot);
      restore.finish();
    },
    beginRestore,
  };
}
