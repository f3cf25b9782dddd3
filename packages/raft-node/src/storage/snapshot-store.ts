import type { SnapshotMetadata } from '@streambus/raft';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';

/** What tells a snapshot from every other. Replicas that take one of the same entry have the same bytes, and so the same identity. */
export interface SnapshotIdentity {
  readonly metadata: SnapshotMetadata;
  readonly sizeBytes: number;
  /** CRC32C of all its bytes. */
  readonly checksum: number;
}

/** A snapshot that is open for reading. It stays as it is when a newer one takes its place. */
export interface SnapshotReader {
  readonly identity: SnapshotIdentity;
  /** Where it was opened, for messages. */
  readonly path: string;
  /** Fills `target` from `position`; returns how many bytes were read, fewer only at the end. @throws RaftNodeError */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Gives it back; harmless twice. */
  close(): Promise<void>;
}

/** A snapshot that comes from another node. What is there of it outlives the process, where the storage does. */
export interface IncomingSnapshot {
  readonly identity: SnapshotIdentity;
  /** How many of its bytes are there. */
  readonly receivedBytes: number;
  /**
   * Takes what comes next; one call at a time.
   *
   * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED` when these bytes are no part of a snapshot; `RAFT_NODE_STORAGE_FULL`, `RAFT_NODE_STORAGE_FAILED`
   */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  /**
   * All of it was written: makes it durable and reads it once more, as it is now; afterwards it may be installed.
   *
   * @param onChecked - hears how many bytes were found to be right
   * @throws RaftNodeError as {@link write}
   */
  complete(onChecked: (bytes: number) => void): Promise<void>;
}

/** How to receive. */
export interface ReceiveOptions {
  /** Looked at between pieces: what was there before is not checked further when nobody waits for it any more. */
  readonly isWanted: () => boolean;
  /** So many bytes of what was there before were found to be right. */
  readonly onChecked: (bytes: number) => void;
}

/**
 * Where snapshots are kept: the newest one, and one that comes.
 *
 * Invariant: the index of {@link SnapshotStore.current} only grows.
 */
export interface SnapshotStore {
  /** The newest durable one. */
  readonly current: SnapshotIdentity | undefined;
  /** Opens the newest durable one. @throws RaftNodeError */
  open(): Promise<SnapshotReader | undefined>;
  /**
   * Makes a snapshot the newest durable one, unless a newer one has come meanwhile.
   *
   * @returns undefined when one has
   */
  save(metadata: SnapshotMetadata, snapshot: SessionedSnapshot): Promise<SnapshotIdentity | undefined>;
  /**
   * Begins to receive, or goes on where it was left. Whatever else was coming is forgotten. One call at a time.
   *
   * @returns undefined when it is not wanted any more
   * @throws RaftNodeError `RAFT_NODE_STORAGE_FULL` when it would not fit; `RAFT_NODE_STORAGE_FAILED`
   */
  receive(identity: SnapshotIdentity, options: ReceiveOptions): Promise<IncomingSnapshot | undefined>;
  /** The index of what is coming, or has come in part in a former life; 0 for nothing. */
  readonly incomingIndex: number;
  /** Forgets what is coming, unless it was handed over to be installed. @throws RaftNodeError */
  forgetIncoming(): Promise<void>;
}

/** Whether they are the same bytes. */
export function isSameSnapshot(one: SnapshotIdentity, other: SnapshotIdentity): boolean {
  return (
    one.metadata.index === other.metadata.index &&
    one.metadata.term === other.metadata.term &&
    one.sizeBytes === other.sizeBytes &&
    one.checksum === other.checksum
  );
}
