import {
  createMetadataLogStateMachine,
  decodeMetadataCommand,
  hashMetadataState,
  type MetadataLogStateMachine,
} from '@streambus/codec';
import { createMetadataStateMachine, type MetadataState, type MetadataStateMachine } from '@streambus/metadata';
import type { AppliedEntry, StateMachine, StateMachineRestore, StateMachineSnapshot } from '@streambus/raft-node';
import { digestOf, type MachineHandlers } from './machine.ts';
import { operationIn } from './metadata-operation.ts';

/** The cluster's metadata as the state machine of a simulated node: it tells what it applies. */
export class MetadataMachine implements StateMachine {
  readonly metadata: MetadataStateMachine = createMetadataStateMachine();
  readonly #inner: MetadataLogStateMachine = createMetadataLogStateMachine(this.metadata);
  readonly #handlers: MachineHandlers;

  constructor(handlers: MachineHandlers) {
    this.#handlers = handlers;
  }

  apply({ index, term, data }: AppliedEntry): Uint8Array {
    const answer = this.#inner.apply({ data });
    const operation = operationIn(decodeMetadataCommand(data));
    this.#handlers.onApplied({
      index,
      term,
      operation,
      answer: digestOf(answer),
      digest: digestOfState(this.metadata.state),
    });
    return answer;
  }

  snapshot(): StateMachineSnapshot {
    return this.#inner.snapshot();
  }

  restore(snapshot: Uint8Array): void {
    const restore = this.beginRestore();
    restore.add(snapshot);
    restore.finish();
  }

  beginRestore(): StateMachineRestore {
    const restore = this.#inner.beginRestore();
    return {
      add: (piece) => restore.add(piece),
      finish: () => {
        restore.finish();
        // Where it stands is not part of the state.
        this.#handlers.onRestored(undefined, digestOfState(this.metadata.state));
      },
    };
  }
}

/** Stands for a state: equal states have equal ones. */
export function digestOfState(state: MetadataState): number {
  return Number.parseInt(hashMetadataState(state).slice(0, 8), 16);
}
