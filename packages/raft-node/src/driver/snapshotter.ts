import type { LogIndex, SnapshotMetadata } from '@streambus/raft';
import { type Clock, type Deferred, defer, type Logger, StreamBusError, toError } from '@streambus/runtime';
import type { RaftNodeObserver } from '../observer.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import type { LogKeep, ReplicaStorage } from '../storage/replica-storage.ts';

/** When a snapshot is due. */
export interface SnapshotThresholds {
  readonly snapshotAfterEntries: number;
  readonly snapshotAfterBytes: number;
  readonly maxLogBytes: number;
}

/** The state machine at one moment. */
export interface CapturedSnapshot {
  readonly metadata: SnapshotMetadata;
  readonly snapshot: SessionedSnapshot;
}

/** Those who are sent this node's snapshot and log. */
export interface SnapshotFollowers {
  /** Whether one of them is being sent the newest snapshot, or is to go on receiving it when it is back. */
  areReceiving(): boolean;
  /** Whether one of them is not named by the newest snapshot, so that it cannot be sent to it. */
  areUnnamed(): boolean;
  /** The index after which one of them lacks the log. */
  lackAfter(): number;
}

/** What the snapshotter needs of its node. */
export interface SnapshotterParts {
  readonly thresholds: SnapshotThresholds;
  readonly storage: ReplicaStorage;
  readonly followers: SnapshotFollowers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: RaftNodeObserver;
  /** The state machine as of what the core knows to be applied. */
  readonly capture: () => CapturedSnapshot;
  readonly onDurable: (index: LogIndex, sizeBytes: number) => void;
  /** Something that is no fault of the disk ended it. */
  readonly onBroken: (error: Error) => void;
}

/** How long a failed snapshot keeps the next from being tried. */
const retryAfterMs = 5_000;

/** The log may grow to this part of the snapshot before the next is taken, so that a large state is not written over and over. */
const logToSnapshot = 1 / 4;

/** This part of what makes a snapshot due stays in the log behind it. */
const tailToThreshold = 1 / 4;

/** Takes snapshots, one at a time. One that fails is tried again later. */
export class Snapshotter {
  readonly #parts: SnapshotterParts;
  #underWay: Promise<void> | undefined;
  #wanted: Deferred<LogIndex> | undefined;
  #notBeforeMs = 0;

  constructor(parts: SnapshotterParts) {
    this.#parts = parts;
  }

  /** Asks for one as soon as the state machine stands where the core knows it to be. */
  request(): Promise<LogIndex> {
    this.#wanted ??= defer();
    return this.#wanted.promise;
  }

  /** Called whenever the state machine stands where the core knows it to be. */
  onApplied(applied: LogIndex): void {
    if (this.#underWay !== undefined || !this.#isDue(applied)) return;
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (applied <= this.#parts.storage.snapshotIndex) {
      wanted?.resolve(applied);
      return;
    }
    this.#underWay = this.#save(this.#parts.capture(), wanted).finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Refuses who waits for one to begin. */
  refuse(error: Error): void {
    this.#wanted?.reject(error);
    this.#wanted = undefined;
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await this.#underWay;
  }

  #isDue(applied: LogIndex): boolean {
    if (this.#wanted !== undefined) return true;
    const { storage, thresholds, followers, clock } = this.#parts;
    const entries = applied - storage.snapshotIndex;
    if (entries <= 0 || clock.monotonicMs() < this.#notBeforeMs) return false;
    if (followers.areUnnamed()) return true;
    const { logBytes } = storage;
    const { entries: dueEntries, bytes: dueBytes } = this.#dueAfter();
    if (entries < dueEntries && logBytes < dueBytes) return false;
    // With a newer one, whoever receives the present one and is interrupted would have to begin anew.
    return logBytes > thresholds.maxLogBytes / 2 || !followers.areReceiving();
  }

  /** The log that makes a snapshot due: more of it the more there is to write, as far as memory allows. */
  #dueAfter(): { readonly entries: number; readonly bytes: number } {
    const { storage, thresholds } = this.#parts;
    const { snapshotAfterEntries, snapshotAfterBytes, maxLogBytes } = thresholds;
    const snapshotBytes = storage.snapshots.current?.sizeBytes ?? 0;
    const scale = Math.max(1, (snapshotBytes * logToSnapshot) / snapshotAfterBytes);
    return {
      entries: snapshotAfterEntries * scale,
      bytes: Math.min(snapshotAfterBytes * scale, Math.max(snapshotAfterBytes, maxLogBytes / 2)),
    };
  }

  #keep(): LogKeep {
    const { followers, thresholds } = this.#parts;
    return {
      neededAfter: followers.lackAfter(),
      maxBytes: thresholds.maxLogBytes / 2,
      tailEntries: Math.floor(thresholds.snapshotAfterEntries * tailToThreshold),
      tailBytes: thresholds.snapshotAfterBytes * tailToThreshold,
    };
  }

  async #save({ metadata, snapshot }: CapturedSnapshot, wanted: Deferred<LogIndex> | undefined): Promise<void> {
    const { clock, storage, observer, logger } = this.#parts;
    const startMs = clock.monotonicMs();
    try {
      const sizeBytes = await storage.saveSnapshot(metadata, snapshot, () => this.#keep());
      if (sizeBytes !== undefined) {
        observer.onSnapshot?.(clock.monotonicMs() - startMs, sizeBytes);
        this.#parts.onDurable(metadata.index, sizeBytes);
      }
      wanted?.resolve(metadata.index);
    } catch (thrown) {
      this.#notBeforeMs = clock.monotonicMs() + retryAfterMs;
      wanted?.reject(toError(thrown));
      if (isOutside(thrown)) logger.warn({ err: thrown, index: metadata.index }, 'a snapshot could not be written');
      else this.#parts.onBroken(toError(thrown));
    }
  }
}

/** Whether the disk is to blame: then the log, which is complete without the snapshot, only stays longer. */
function isOutside(thrown: unknown): boolean {
  return thrown instanceof StreamBusError;
}
