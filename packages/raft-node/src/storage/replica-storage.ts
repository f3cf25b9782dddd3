import type { Entry, HardState, SnapshotMetadata, Storage } from '@streambus/raft';
import type { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import type { KnownPeers } from './known-peers.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** What one ready asks to be made durable. */
export interface StorageBatch {
  /** A leader's snapshot, which was received whole ({@link SnapshotStore.receive}): the log begins anew after it, before `entries`. */
  readonly snapshot?: SnapshotMetadata | undefined;
  /** They replace whatever is there from the first one's index on. */
  readonly entries: readonly Entry[];
  /** Present when it changed. */
  readonly hardState: HardState | undefined;
}

/** What the owner of a storage hears, from turns of their own. */
export interface StorageObserver {
  /** The disk has no space, and later: has space again. What was appended meanwhile is kept and written then. */
  onFull(full: boolean): void;
  /** Nothing more becomes durable. What was under way may be there. */
  onFailed(error: RaftNodeError): void;
}

/** What of the log stays behind a snapshot, for those who are not far behind: to send them the snapshot would take longer. */
export interface LogKeep {
  /** Somebody lacks the entries after this index. */
  readonly neededAfter: number;
  /** At most so much is kept for that. */
  readonly maxBytes: number;
  /** So many entries stay in any case, for whoever may lack them when this node leads next, unless they are more than `tailBytes`. */
  readonly tailEntries: number;
  readonly tailBytes: number;
}

/** Where a node keeps its log and its snapshot. */
export interface ReplicaStorage {
  /** What the core reads. */
  readonly view: Storage;
  readonly snapshots: SnapshotStore;
  /** Bytes of appends that no snapshot covers. */
  readonly logBytes: number;
  /** The last entry in the durable snapshot; where there is none, the index after which the cluster began. */
  readonly snapshotIndex: number;
  /** Takes a batch; `onDurable` is called when it and all before it are durable, never from within this call. */
  append(batch: StorageBatch, onDurable: () => void): void;
  /**
   * Makes a snapshot durable and drops the log that it covers, but for what is to be kept.
   *
   * @param keep - asked when the snapshot is durable
   * @returns its size in bytes; undefined when a leader's newer one has come meanwhile
   */
  saveSnapshot(
    metadata: SnapshotMetadata,
    snapshot: SessionedSnapshot,
    keep: () => LogKeep,
  ): Promise<number | undefined>;
  /** Makes durable what was taken, as far as the disk allows, and gives everything back. */
  close(): Promise<void>;
}

/** An open storage. Its newest snapshot, if there is one, is what the state machine is to be restored from. */
export interface OpenedStorage {
  readonly storage: ReplicaStorage;
  readonly storageId: string;
  readonly knownPeers: KnownPeers;
  /** The folder was begun just now. */
  readonly isNew: boolean;
}
