import type { MetadataStateMachine } from '@streambus/metadata';
import { encodeMetadataAnswer } from './metadata-answers.ts';
import { decodeMetadataCommand } from './metadata-commands.ts';
import { decodeMetadataState, encodeMetadataStatePieces } from './metadata-state.ts';

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
}

/** Puts bytes around a metadata state machine. */
export function createMetadataLogStateMachine(machine: MetadataStateMachine): MetadataLogStateMachine {
  return {
    apply: ({ data }) => encodeMetadataAnswer(machine.apply(decodeMetadataCommand(data))),
    snapshot: () => encodeMetadataStatePieces(machine.snapshot()),
    restore: (snapshot) => machine.restore(decodeMetadataState(snapshot)),
  };
}
