import {
  createMetadataLogStateMachine,
  decodeMetadataCommand,
  hashMetadataState,
  type MetadataLogStateMachine,
} from '@streambus/codec';
import { createMetadataStateMachine, findViolation, type MetadataStateMachine } from '@streambus/metadata';
import type { AppliedEntry, StateMachine, StateMachineSnapshot } from '@streambus/raft-node';
import { assert } from '@streambus/runtime';
import { digestOf, type MachineHandlers } from './machine.ts';
import { operationIn } from './metadata-operation.ts';

/** The cluster's metadata as the state machine of a simulated node: it tells what it applies, and checks its state now and then. */
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
    this.#handlers.onApplied({ index, term, operation, answer: digestOf(answer), digest: this.#digest() });
    return answer;
  }

  snapshot(): StateMachineSnapshot {
    return this.#inner.snapshot();
  }

  restore(snapshot: Uint8Array): void {
    this.#inner.restore(snapshot);
    const { state } = this.metadata;
    const violation = findViolation(state);
    assert(violation === undefined, () => `a snapshot of metadata breaks an invariant: ${violation}`);
    // Where it stands is not part of the state.
    this.#handlers.onRestored(0, this.#digest());
  }

  #digest(): number {
    return Number.parseInt(hashMetadataState(this.metadata.state).slice(0, 8), 16);
  }
}
