import type { Entry, HardState, SnapshotMetadata, Storage } from '@streambus/raft';
import type { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import type { KnownPeers } from './known-peers.ts';
import type { SnapshotContent } from './snapshot-file.ts';

/** What one ready asks to be made durable. */
export interface StorageBatch {
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

/** Where a node keeps its log and its snapshot. */
export interface ReplicaStorage {
  /** What the core reads. */
  readonly view: Storage;
  /** Bytes of appends that no snapshot covers. */
  readonly logBytes: number;
  /** The last entry in the durable snapshot; where there is none, the index after which the cluster began. */
  readonly snapshotIndex: number;
  /** Takes a batch; `onDurable` is called when it and all before it are durable, never from within this call. */
  append(batch: StorageBatch, onDurable: () => void): void;
  /**
   * Makes a snapshot durable and drops the log that it covers.
   *
   * @returns its size in bytes
   */
  saveSnapshot(metadata: SnapshotMetadata, snapshot: SessionedSnapshot): Promise<number>;
  /** Makes durable what was taken, as far as the disk allows, and gives everything back. */
  close(): Promise<void>;
}

/** An open storage and what the state machine is to be restored from. */
export interface OpenedStorage {
  readonly storage: ReplicaStorage;
  readonly snapshot: SnapshotContent | undefined;
  readonly storageId: string;
  readonly knownPeers: KnownPeers;
  /** The folder was begun just now. */
  readonly isNew: boolean;
}
