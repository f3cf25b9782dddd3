import { createMetadataProposer } from '@streambus/codec';
import { createMetadataStore, type MetadataStore } from '@streambus/metadata';
import type { RaftNode } from '@streambus/raft-node';
import { assert } from '@streambus/runtime';
import type { MachineHandlers } from '../machines/machine.ts';
import { MetadataMachine } from '../machines/metadata-machine.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';

/** The cluster's metadata, used through its store as a broker does. */
export class MetadataSubject {
  readonly type = 'metadata';
  readonly stateMachine: MetadataMachine;
  readonly #process: SimulatedProcess;
  readonly #handlers: MachineHandlers;
  #store: MetadataStore | undefined;

  constructor(process: SimulatedProcess, handlers: MachineHandlers) {
    this.#process = process;
    this.#handlers = handlers;
    this.stateMachine = new MetadataMachine(handlers);
  }

  get store(): MetadataStore {
    assert(this.#store !== undefined, 'the node of this store is not there yet');
    return this.#store;
  }

  begin(node: RaftNode): void {
    const { clock, random } = this.#process;
    this.#store = createMetadataStore(
      { attemptTimeoutMs: 1000, maxInflightCommands: 16 },
      { proposer: createMetadataProposer(node), stateMachine: this.stateMachine.metadata, clock, random },
    );
    this.#store.subscribe((delta, state) => this.#handlers.onDelta(delta, state));
  }
}
