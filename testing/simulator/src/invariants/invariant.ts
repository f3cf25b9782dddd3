import type { MetadataDelta, MetadataState } from '@streambus/metadata';
import type { Message } from '@streambus/raft';
import type { RaftNodeError, RaftNodeStatus } from '@streambus/raft-node';
import type { AnyChannel, TransportMetrics } from '@streambus/transport';
import type { ClientOperation } from '../clients/client-operation.ts';
import type { NodeChange, NodeWatch } from '../cluster/node-watch.ts';
import type { AppliedCommand } from '../machines/machine.ts';
import type { NodeTraits } from '../run/configuration.ts';

/** What a node and its transport hold at the moment, and what they may. */
export interface NodeGauges {
  readonly status: RaftNodeStatus;
  readonly transport: TransportMetrics;
  readonly node: NodeTraits;
  /** What the largest proposal of a client takes. */
  readonly maxProposalBytes: number;
  readonly channels: readonly AnyChannel[];
}

/** What must hold in every run. One file for each; what is not there is not looked at by it. */
export interface Invariant {
  /** As it is called where it comes from. */
  readonly name: string;
  /** Where it is written down. */
  readonly source: string;
  /** A node has recovered what its disk has, and takes part. */
  onStarted?(node: NodeWatch): void;
  /** Something about a node's role, term or log has changed in the last event. */
  onChange?(node: NodeWatch, change: NodeChange): void;
  /** A node hands a message to its transport. */
  onSent?(node: NodeWatch, message: Message): void;
  /** A node's state machine has applied a command. */
  onApplied?(node: NodeWatch, applied: AppliedCommand): void;
  /** A node's state machine was replaced by a snapshot. */
  onRestored?(node: NodeWatch, index: number | undefined, digest: number): void;
  /** A subscriber of a node's metadata hears of a change. */
  onDelta?(node: NodeWatch, delta: MetadataDelta, state: MetadataState): void;
  /** A client begins something. */
  onCalled?(operation: ClientOperation): void;
  /** A client knows what became of something, or that it will not know. */
  onEnded?(operation: ClientOperation): void;
  /** A node has ended its work, or could not begin it. */
  onFailed?(node: NodeWatch, error: RaftNodeError): void;
  /** A look at everything that can be counted, once in a virtual second. */
  onGauges?(node: NodeWatch, gauges: NodeGauges): void;
  /** The cluster is healed, has converged and is quiet. */
  atEnd?(nodes: readonly NodeWatch[]): void;
}

/** Tells that it does not hold. The run ends with the present event. */
export type Violated = (message: string) => void;

/** Makes an invariant for one run. */
export type CreateInvariant = (violated: Violated) => Invariant;

/** An invariant that does not hold: what a run ends with. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}
