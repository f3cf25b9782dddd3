import type { LogIndex, Message, NodeId, SnapshotStatus, Term } from '@streambus/raft';
import type { Clock, Logger, Random } from '@streambus/runtime';
import type { SendResult } from '@streambus/transport';
import type { RaftNodeEvent } from '../events.ts';
import type { RaftNodeObserver } from '../observer.ts';
import type { SnapshotStore } from '../storage/snapshot-store.ts';

/** What sending and receiving snapshots needs of a node. */
export interface ExchangeParts {
  readonly self: NodeId;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer: RaftNodeObserver;
  readonly electionTimeoutTicks: number;
  readonly send: (to: NodeId, bytes: Uint8Array) => SendResult;
  readonly term: () => Term;
  readonly commit: () => LogIndex;
  /** Runs what comes in from a turn of its own, as everything that touches the core. Does nothing when the node has ended. */
  readonly enter: (input: () => void) => void;
  /** Gives the core a peer's message; from within {@link enter}, as what follows. */
  readonly step: (message: Message) => void;
  readonly report: (to: NodeId, status: SnapshotStatus) => void;
  readonly emit: (event: RaftNodeEvent) => void;
  /** The newest snapshot cannot be sent: there is none yet, it does not name its receiver, or it is damaged. A newer one would help. */
  readonly onUnusable: () => void;
}
