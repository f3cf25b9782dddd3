import {
  checksummedFramePayload,
  checksummedFrames,
  encodeChecksummedFrame,
  framesIn,
  type Log,
  type LogObserver,
  openLog,
} from '@streambus/log';
import {
  createConfState,
  createInitialSnapshot,
  emptyBytes,
  emptyHardState,
  emptySnapshot,
  logIndex,
  MemoryStorage,
  nodeId,
  type Snapshot,
} from '@streambus/raft';
import {
  type Clock,
  type Disk,
  type DiskLock,
  type Logger,
  makeDurableDirectory,
  type Random,
  randomUuid,
} from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import { DurableStorage } from './durable-storage.ts';
import { assertSameIdentity, type Identity, readIdentity, writeIdentity } from './identity.ts';
import { openKnownPeers } from './known-peers.ts';
import { LogExtent } from './log-extent.ts';
import { decodeLogRecord, encodeLogRecord } from './log-record.ts';
import type { OpenedStorage, StorageObserver } from './replica-storage.ts';
import { readSnapshotFile, type SnapshotContent } from './snapshot-file.ts';
import { toStorageError } from './storage-errors.ts';

/** What a durable storage is opened with. */
export interface DurableStorageOptions {
  readonly folder: string;
  readonly whenEmpty: 'bootstrap' | 'join' | 'refuse';
  readonly clusterId: string;
  readonly nodeId: number;
  /** The first voters of a cluster that begins here. */
  readonly members: readonly number[];
}

/** What it takes from outside. */
export interface DurableStorageDependencies {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer: StorageObserver;
}

const segmentBytes = 8 * 1024 * 1024;
const maxFrameBytes = 64 * 1024 * 1024;
const readBytes = 4 * 1024 * 1024;

/**
 * Opens the folder and reads what is in it:
 *
 *     identity   whose it is
 *     peers      which peers it knows, by their storage
 *     snapshot   the state machine and the sessions, up to some index
 *     log/       entries and hard states after it
 *
 * @throws RaftNodeError see {@link RaftNode.start}
 */
export async function openDurableStorage(
  options: DurableStorageOptions,
  dependencies: DurableStorageDependencies,
): Promise<OpenedStorage> {
  try {
    return await open(options, dependencies);
  } catch (thrown) {
    throw toStorageError(thrown, `open ${options.folder}`);
  }
}

async function open(options: DurableStorageOptions, dependencies: DurableStorageDependencies): Promise<OpenedStorage> {
  const { disk } = dependencies;
  await makeDurableDirectory(disk, options.folder);
  const lock = await disk.lock(`${options.folder}/lock`);
  try {
    return await openLocked(options, dependencies, lock);
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

async function openLocked(
  options: DurableStorageOptions,
  dependencies: DurableStorageDependencies,
  lock: DiskLock,
): Promise<OpenedStorage> {
  const { folder } = options;
  const { disk, clock, logger } = dependencies;
  const identityPath = `${folder}/identity`;
  const found = await readIdentity(disk, identityPath);
  if (found !== undefined) assertSameIdentity(identityPath, found, options.clusterId, options.nodeId);
  else if (options.whenEmpty === 'refuse') throw wiped(folder, 'has no identity file');
  let storage: DurableStorage | undefined;
  const observer: LogObserver = {
    onAdvanced: () => storage?.onAdvanced(),
    onRejected: (_log, error) => storage?.onRejected(error),
  };
  const { log } = await openLog(
    { folder: `${folder}/log`, format: checksummedFrames, segmentBytes, maxFrameBytes, verify: 'all' },
    { disk, clock, logger, observer },
  );
  try {
    const snapshotPath = `${folder}/snapshot`;
    if (found !== undefined && log.endOffset === 0) throw wiped(folder, 'has an identity file and no log');
    const identity = found ?? (await becomeNew(options, dependencies, log));
    const snapshot = await readSnapshotFile(disk, snapshotPath);
    const view = new MemoryStorage(beginning(identity, snapshot));
    const extent = await replay(log, view);
    extent.dropThrough(view.firstIndex() - 1);
    storage = new DurableStorage({ ...dependencies, log, view, extent, snapshotPath, lock });
    const knownPeers = await openKnownPeers(disk, `${folder}/peers`);
    return { storage, snapshot, storageId: identity.storageId, knownPeers, isNew: found === undefined };
  } catch (thrown) {
    await log.close();
    throw thrown;
  }
}

/**
 * Makes a new member of the folder, unless it only looks empty. The log's first record, which says nothing, is durable before the identity
 * is: where there is an identity and no record, somebody has removed the log.
 */
async function becomeNew(
  { folder, whenEmpty, clusterId, nodeId: self, members }: DurableStorageOptions,
  { disk, random }: DurableStorageDependencies,
  log: Log,
): Promise<Identity> {
  const used = log.endOffset > 1 || (await disk.stat(`${folder}/snapshot`)) !== undefined;
  if (used) throw wiped(folder, 'has a log and no identity file');
  if (log.endOffset === 0) {
    const payload = [encodeLogRecord({ hardState: emptyHardState, entries: [] })];
    log.append(encodeChecksummedFrame({ firstOffset: 0, payload }));
    await log.whenDurable(1);
  }
  const identity = {
    clusterId,
    nodeId: self,
    firstVoters: whenEmpty === 'join' ? [] : members,
    storageId: randomUuid(random),
  };
  await writeIdentity(disk, `${folder}/identity`, identity);
  return identity;
}

/** What the log begins after: the snapshot, or the members that the cluster began with, or nothing. */
function beginning(identity: Identity, snapshot: SnapshotContent | undefined): Snapshot {
  if (snapshot !== undefined) return { data: emptyBytes, metadata: snapshot.metadata };
  // One that joins has nothing to begin after: its leader sends it all, and with it who the members are.
  if (identity.firstVoters.length === 0) return emptySnapshot;
  return createInitialSnapshot(createConfState(identity.firstVoters.map(nodeId)));
}

function wiped(folder: string, what: string): RaftNodeError {
  const why = 'a node that has forgotten its votes must not vote again';
  return new RaftNodeError('RAFT_NODE_IDENTITY_MISSING', `${folder} ${what}: ${why}`, { file: `${folder}/identity` });
}

/** Reads all records into the window. */
async function replay(log: Log, view: MemoryStorage): Promise<LogExtent> {
  const extent = new LogExtent();
  for (let fromOffset = log.startOffset; fromOffset < log.endOffset; ) {
    const { chunks, nextOffset } = await log.read({ fromOffset, maxBytes: readBytes });
    for (const frame of framesIn(checksummedFrames, chunks)) {
      replayRecord(log, view, extent, frame.firstOffset, frame.bytes);
    }
    fromOffset = nextOffset;
  }
  const { hardState } = view.initialState();
  if (hardState.commit > view.lastIndex()) {
    throw damaged(log, log.endOffset, `ends at entry ${view.lastIndex()}, but ${hardState.commit} was committed`);
  }
  // The commit index is not written for its own sake, so it may lag behind the snapshot that was taken of it.
  view.setHardState({ ...hardState, commit: logIndex(Math.max(hardState.commit, view.firstIndex() - 1)) });
  return extent;
}

function replayRecord(log: Log, view: MemoryStorage, extent: LogExtent, offset: number, frame: Uint8Array): void {
  const record = decodeLogRecord(checksummedFramePayload(frame));
  if (record === undefined) throw damaged(log, offset, 'has a record that this version cannot read');
  const { entries, hardState } = record;
  const first = entries[0]?.index ?? 0;
  if (first > view.lastIndex() + 1) throw damaged(log, offset, `has entry ${first} after entry ${view.lastIndex()}`);
  view.append(entries);
  view.setHardState(hardState);
  extent.add(offset, entries.at(-1)?.index ?? 0, frame.length);
}

function damaged(log: Log, offset: number, what: string): RaftNodeError {
  const message = `${log.folder} ${what}, at record ${offset}`;
  return new RaftNodeError('RAFT_NODE_STORAGE_DAMAGED', message, { file: log.folder });
}
