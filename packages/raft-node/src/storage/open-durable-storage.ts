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
  type HardState,
  MemoryStorage,
  nodeId,
  type Snapshot,
  type SnapshotMetadata,
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
import { FileSnapshotStore } from './file-snapshot-store.ts';
import { assertSameIdentity, type Identity, readIdentity, writeIdentity } from './identity.ts';
import { openKnownPeers } from './known-peers.ts';
import type { LogExtent } from './log-extent.ts';
import { decodeLogRecord, encodeLogRecord } from './log-record.ts';
import { LogReplay, type ReplayedLog } from './log-replay.ts';
import type { OpenedStorage, StorageObserver } from './replica-storage.ts';
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
  const watch = new Stopwatch(clock);
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
    // What was written is never read again before the next start.
    {
      folder: `${folder}/log`,
      format: checksummedFrames,
      segmentBytes,
      maxFrameBytes,
      verify: 'all',
      tailCacheBytes: 0,
    },
    { disk, clock, logger, observer },
  );
  const verifyLogMs = watch.lap();
  try {
    if (found !== undefined && log.endOffset === 0) throw wiped(folder, 'has an identity file and no log');
    const identity = found ?? (await becomeNew(options, dependencies, log));
    const snapshots = await FileSnapshotStore.open(disk, folder, clock);
    const checkSnapshotMs = watch.lap();
    const begin = beginning(identity, snapshots.current?.metadata);
    const { entries, hardState, extent, mustBeginAnew } = await replay(log, begin.metadata);
    if (mustBeginAnew) await beginAnew(log, extent, hardState, begin.metadata);
    extent.cover(begin.metadata.index);
    const view = new MemoryStorage(begin);
    view.append(entries);
    view.setHardState(hardState);
    storage = new DurableStorage({ ...dependencies, log, view, extent, snapshots, lock });
    const { logBytes } = storage;
    const fields = { folder, entries: entries.length, logBytes, verifyLogMs, checkSnapshotMs, replayMs: watch.lap() };
    logger.info(fields, 'has read its storage');
    const knownPeers = await openKnownPeers(disk, `${folder}/peers`);
    return { storage, storageId: identity.storageId, knownPeers, isNew: found === undefined };
  } catch (thrown) {
    await log.close();
    throw thrown;
  }
}

/** How long one thing after the other takes. */
class Stopwatch {
  readonly #clock: Clock;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Milliseconds since the last call. */
  lap(): number {
    const sinceMs = this.#sinceMs;
    this.#sinceMs = this.#clock.monotonicMs();
    return this.#sinceMs - sinceMs;
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
function beginning(identity: Identity, metadata: SnapshotMetadata | undefined): Snapshot {
  if (metadata !== undefined) return { data: emptyBytes, metadata };
  // One that joins has nothing to begin after: its leader sends it all, and with it who the members are.
  if (identity.firstVoters.length === 0) return emptySnapshot;
  return createInitialSnapshot(createConfState(identity.firstVoters.map(nodeId)));
}

function wiped(folder: string, what: string): RaftNodeError {
  const why = 'a node that has forgotten its votes must not vote again';
  return new RaftNodeError('RAFT_NODE_IDENTITY_MISSING', `${folder} ${what}: ${why}`, { file: `${folder}/identity` });
}

/** Reads all records. */
async function replay(log: Log, base: SnapshotMetadata): Promise<ReplayedLog> {
  const replaying = new LogReplay(base);
  for (let fromOffset = log.startOffset; fromOffset < log.endOffset; ) {
    const { chunks, nextOffset } = await log.read({ fromOffset, maxBytes: readBytes });
    for (const { firstOffset, bytes } of framesIn(checksummedFrames, chunks)) {
      const record = decodeLogRecord(checksummedFramePayload(bytes));
      if (record === undefined) throw damaged(log, firstOffset, 'has a record that this version cannot read');
      const fault = replaying.add(firstOffset, record, bytes.length);
      if (fault !== undefined) throw damaged(log, firstOffset, fault);
    }
    fromOffset = nextOffset;
  }
  const replayed = replaying.finish();
  const { commit } = replayed.hardState;
  const lastIndex = base.index + replayed.entries.length;
  if (commit <= lastIndex) return replayed;
  throw damaged(log, log.endOffset, `ends at entry ${lastIndex}, but ${commit} was committed`);
}

/** Ends what a loss of power has interrupted: the snapshot is in its place, and the log must say that it begins after it. */
async function beginAnew(log: Log, extent: LogExtent, hardState: HardState, base: SnapshotMetadata): Promise<void> {
  const payload = [encodeLogRecord({ hardState, entries: [], beginsAfter: base })];
  const offset = log.endOffset;
  const frame = encodeChecksummedFrame({ firstOffset: offset, payload });
  log.append(frame);
  await log.whenDurable(offset + 1);
  extent.clear();
  extent.add(offset, base.index, payload[0]?.length ?? 0);
  await log.truncatePrefix(offset);
}

function damaged(log: Log, offset: number, what: string): RaftNodeError {
  const message = `${log.folder} ${what}, at record ${offset}`;
  return new RaftNodeError('RAFT_NODE_STORAGE_DAMAGED', message, { file: log.folder });
}
