import type { MetadataDelta, MetadataState } from '@streambus/metadata';
import type { Message } from '@streambus/raft';
import type { RaftNodeError, RaftNodeEvent } from '@streambus/raft-node';
import type { AppliedCommand } from '../machines/machine.ts';
import type { NodeChange, NodeWatch } from './node-watch.ts';

/** Who hears what happens in a cluster. */
export interface ClusterObserver {
  onStarted(node: NodeWatch): void;
  onChange(node: NodeWatch, change: NodeChange): void;
  onSent(node: NodeWatch, message: Message): void;
  onApplied(node: NodeWatch, applied: AppliedCommand): void;
  onRestored(node: NodeWatch, index: number | undefined, digest: number): void;
  onDelta(node: NodeWatch, delta: MetadataDelta, state: MetadataState): void;
  onFailed(node: NodeWatch, error: RaftNodeError): void;
  onEvent(node: NodeWatch, event: RaftNodeEvent): void;
}
