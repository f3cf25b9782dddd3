import type { Compression } from '@streambus/kafka';
import type { LogResources } from '@streambus/log';
import {
  type MetadataDelta,
  type MetadataState,
  minInsyncReplicas,
  type Partition as RegisteredPartition,
  type Topic,
} from '@streambus/metadata';
import {
  type BrokerDirectory,
  type FollowedPartition,
  openPartition,
  type Partition,
  type PartitionObserver,
  type PartitionRegistration,
  type PartitionSettings,
} from '@streambus/replication';
import {
  assert,
  type Clock,
  type Disk,
  type Logger,
  makeDurableDirectory,
  StreamBusError,
  type Timer,
  toError,
} from '@streambus/runtime';
import { createLimiter, type Limiter } from './limiter.ts';

/** Partitions opened at the same time: as many as Node has threads for files. More would only keep others' syncs waiting. */
const maxConcurrentOpens = 4;

/** How long to wait before a partition is opened again for which there was no space or no descriptor. */
const reopenAfterMs = 5_000;

/** How long a rejected write speaks against a partition. */
const rejectionCountsMs = 10_000;

/** What a partition manager is made with. */
export interface PartitionManagerOptions {
  readonly nodeId: number;
  /** The folder of all topics. */
  readonly folder: string;
  /** Where the folders of unknown topics are put. */
  readonly orphanFolder: string;
  /** The settings of a topic's partitions, as the metadata says at the moment. */
  readonly settingsOf: (state: MetadataState, topic: Topic) => PartitionSettings;
  /** How long a follower may lag before it leaves the ISR. */
  readonly lagTimeMaxMs: number;
}

/** Copies partitions from the brokers that lead them. */
export interface PartitionFollowers {
  /** From now on from this leader; harmless again. */
  follow(partition: FollowedPartition, leader: number, topicId: string): void;
  /** From nobody. */
  release(partition: FollowedPartition): void;
}

/** What a partition manager takes from outside. */
export interface PartitionManagerDependencies {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly compression: Compression;
  readonly resources?: LogResources;
  readonly observer?: PartitionObserver;
  /** Default: nobody. */
  readonly brokers?: BrokerDirectory;
  /** Needed where other brokers lead. */
  readonly followers?: PartitionFollowers;
}

/** What this broker is to a partition. */
type Part =
  | { readonly kind: 'lead'; readonly registration: PartitionRegistration }
  | { readonly kind: 'follow'; readonly leaderEpoch: number; readonly leader: number | undefined };

/**
 * A partition that this broker holds.
 *
 * - `opening`: its log is being read. → open, offline
 * - `open`: it can be used. → closed
 * - `offline`: it could not be opened: its files are as they were found. → closed; opening, where trying again may help
 * - `closed`: it belongs to a topic that was deleted, or the broker stops.
 */
type Held =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly partition: Partition }
  | { readonly kind: 'offline'; readonly error: Error }
  | { readonly kind: 'closed' };

/** One slot of a topic; what is done to it is done one after the other. */
interface Slot {
  readonly topicId: string;
  readonly partition: number;
  held: Held;
  part: Part;
  /** What it is opened with, or was changed to since. */
  settings: PartitionSettings;
  work: Promise<void>;
  /** Runs while an offline one is to be opened again. */
  reopening: Timer | undefined;
}

interface HeldTopic {
  readonly topicId: string;
  readonly name: string;
  /** By partition number; absent where another broker holds it. */
  readonly slots: (Slot | undefined)[];
}

/** What looking up a partition finds. */
export type PartitionLookup =
  | { readonly kind: 'leading'; readonly partition: Partition }
  /** Another broker leads it; this one has a copy. */
  | { readonly kind: 'following'; readonly partition: Partition }
  /** No such topic or partition is held here. */
  | { readonly kind: 'absent' }
  /** It is here, and not ready to lead. */
  | { readonly kind: 'notLeading' }
  | { readonly kind: 'offline'; readonly error: Error };

const absent: PartitionLookup = { kind: 'absent' };
const notLeading: PartitionLookup = { kind: 'notLeading' };

/**
 * Owns the partitions that this broker holds, and makes them what the metadata says: opened when a topic is created, leading
 * in the epoch that was decided, removed with their files when the topic is deleted.
 */
export class PartitionManager {
  readonly #options: PartitionManagerOptions;
  readonly #dependencies: PartitionManagerDependencies;
  readonly #topics = new Map<string, HeldTopic>();
  readonly #opens: Limiter = createLimiter(maxConcurrentOpens);
  readonly #removals = new Set<Promise<void>>();
  #openingCount = 0;
  #closed = false;

  constructor(options: PartitionManagerOptions, dependencies: PartitionManagerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Follows the metadata by one step. Returns at once; the work goes on behind {@link settled}. */
  follow(delta: MetadataDelta, state: MetadataState): void {
    if (this.#closed) return;
    for (const topic of delta.topicsDeleted) this.#drop(topic);
    for (const change of delta.partitions) {
      const topic = state.topics.get(change.name);
      if (topic === undefined || topic.topicId !== change.topicId || change.after === undefined) continue;
      if (change.after.replicas.includes(this.#options.nodeId)) this.#hold(topic, change.partition, state);
      else this.#dropOne(topic, change.partition);
    }
    for (const name of this.#configured(delta)) this.#configure(name, state);
  }

  /** Finds a partition to read from or append to. */
  lookup(topic: string, partition: number): PartitionLookup {
    const held = this.#topics.get(topic)?.slots[partition]?.held;
    if (held === undefined) return absent;
    switch (held.kind) {
      case 'open':
        return roleOf(held.partition);
      case 'offline':
        return { kind: 'offline', error: held.error };
      default:
        return notLeading;
    }
  }

  /** Resolves when no partition of these topics is being opened: those that can be used can be used. */
  async opened(topics: Iterable<string>): Promise<void> {
    if (this.#openingCount === 0) return;
    for (const topic of topics) {
      for (const slot of this.#topics.get(topic)?.slots ?? []) if (slot?.held.kind === 'opening') await slot.work;
    }
  }

  /** Resolves when everything that was begun for a topic is done. */
  async settled(topic: string): Promise<void> {
    const slots = this.#topics.get(topic)?.slots ?? [];
    await Promise.all(slots.map((slot) => slot?.work));
  }

  /** Resolves when everything that was begun is done. */
  async allSettled(): Promise<void> {
    await Promise.all([...this.#topics.keys()].map((name) => this.settled(name)));
    await Promise.all(this.#removals);
  }

  /** Every partition that is open. */
  *open(): Generator<Partition> {
    for (const { slots } of this.#topics.values()) {
      for (const slot of slots) if (slot?.held.kind === 'open') yield slot.held.partition;
    }
  }

  /**
   * Every open partition of which something cannot be read or written. One without room for a write counts for a while: only
   * another write can tell whether there is room again, and none may come to a broker that is not ready.
   */
  *impaired(): Generator<{ readonly topic: string; readonly partition: number; readonly error: Error }> {
    const rejectedAfterMs = this.#dependencies.clock.monotonicMs() - rejectionCountsMs;
    for (const { topic, partition, failure, damage, rejection } of this.open()) {
      const isRejecting = rejection !== undefined && rejection.monotonicMs > rejectedAfterMs;
      const error = failure ?? damage ?? (isRejecting ? rejection.error : undefined);
      if (error !== undefined) yield { topic, partition, error };
    }
  }

  /** Every partition that could not be opened. */
  *offline(): Generator<{ readonly topic: string; readonly partition: number; readonly error: Error }> {
    for (const { name, slots } of this.#topics.values()) {
      for (const [partition, slot] of slots.entries()) {
        if (slot?.held.kind === 'offline') yield { topic: name, partition, error: slot.held.error };
      }
    }
  }

  /**
   * Sets aside the folders of topics that the metadata does not know. Most are what a crash left of a deletion; but where the
   * metadata has lost its newest part, they are all that is left of a topic, so a person decides.
   */
  async setOrphansAside(state: MetadataState): Promise<void> {
    const { disk, logger } = this.#dependencies;
    const { folder, orphanFolder } = this.#options;
    for (const { name } of await disk.list(folder)) {
      for (const { name: topicId } of await disk.list(`${folder}/${name}`)) {
        if (state.topics.get(name)?.topicId === topicId) continue;
        const aside = `${orphanFolder}/${name}/${topicId}`;
        logger.warn({ topic: name, topicId, aside }, 'set aside the files of a topic that the metadata does not know');
        await makeDurableDirectory(disk, `${orphanFolder}/${name}`);
        await disk.remove(aside);
        await disk.rename(`${folder}/${name}/${topicId}`, aside);
        await disk.syncDirectory(`${orphanFolder}/${name}`);
      }
      if (!state.topics.has(name)) await disk.remove(`${folder}/${name}`);
    }
  }

  /** Looks whose followers no longer keep up. */
  checkReplicas(): void {
    for (const partition of this.open()) partition.checkReplicas();
  }

  /** Lets every partition look after itself: retention, forgetting, saving. */
  async maintain(): Promise<void> {
    for (const partition of [...this.open()]) {
      try {
        await partition.maintain();
      } catch (thrown) {
        const { topic, partition: index } = partition;
        this.#dependencies.logger.warn({ err: thrown, topic, partition: index }, 'maintenance of a partition failed');
      }
    }
  }

  /** Closes every partition, each with all that it took made durable; the first failure is thrown when all is done. */
  async close(): Promise<void> {
    this.#closed = true;
    const slots = [...this.#topics.values()].flatMap((topic) => topic.slots);
    const ends = await Promise.allSettled(
      slots.map((slot) => slot && this.#end(slot, (partition) => partition.close())),
    );
    await Promise.all(this.#removals);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  #configured(delta: MetadataDelta): Iterable<string> {
    return delta.clusterConfigsChanged || delta.brokersChanged.includes(this.#options.nodeId)
      ? this.#topics.keys()
      : delta.topicsConfigured;
  }

  #configure(name: string, state: MetadataState): void {
    const topic = state.topics.get(name);
    const held = this.#topics.get(name);
    if (topic === undefined || held === undefined || held.topicId !== topic.topicId) return;
    const settings = this.#options.settingsOf(state, topic);
    for (const slot of held.slots) {
      if (slot === undefined) continue;
      slot.settings = settings;
      slot.part = this.#partOf(topic, slot.partition, state);
      if (slot.held.kind !== 'open') continue;
      slot.held.partition.configure(settings);
      this.#play(slot, slot.held.partition);
    }
  }

  #hold(topic: Topic, partition: number, state: MetadataState): void {
    let held = this.#topics.get(topic.name);
    if (held === undefined) {
      held = { topicId: topic.topicId, name: topic.name, slots: [] };
      this.#topics.set(topic.name, held);
    }
    assert(
      held.topicId === topic.topicId,
      () => `topic ${topic.name} is held as ${held.topicId}, not ${topic.topicId}`,
    );
    const slot = held.slots[partition];
    if (slot !== undefined) {
      slot.part = this.#partOf(topic, partition, state);
      if (slot.held.kind === 'open') this.#play(slot, slot.held.partition);
      return;
    }
    const opening: Slot = {
      topicId: topic.topicId,
      partition,
      held: { kind: 'opening' },
      part: this.#partOf(topic, partition, state),
      settings: this.#options.settingsOf(state, topic),
      work: Promise.resolve(),
      reopening: undefined,
    };
    held.slots[partition] = opening;
    this.#startOpening(opening, topic);
  }

  #startOpening(slot: Slot, topic: Topic): void {
    this.#openingCount++;
    this.#then(slot, () => this.#opens(() => this.#open(slot, topic)).finally(() => this.#openingCount--));
  }

  async #open(slot: Slot, topic: Topic): Promise<void> {
    if (slot.held.kind !== 'opening') return;
    const { partition, settings } = slot;
    const folder = `${this.#options.folder}/${topic.name}/${topic.topicId}/${partition}`;
    const { logger, clock } = this.#dependencies;
    try {
      const brokerId = this.#options.nodeId;
      const opened = await openPartition(
        { topic: topic.name, partition, brokerId, folder, settings, lagTimeMaxMs: this.#options.lagTimeMaxMs },
        this.#dependencies,
      );
      if (opened.recovery.truncated !== undefined) {
        logger.warn(
          { topic: topic.name, partition, ...opened.recovery.truncated },
          'cut the unfinished tail of a log that was not closed properly',
        );
      }
      if (!opened.recovery.clean) {
        const { scannedBytes, durationMs } = opened.recovery;
        logger.info({ topic: topic.name, partition, scannedBytes, durationMs }, 'read what followed the checkpoint');
      }
      slot.held = { kind: 'open', partition: opened.partition };
      this.#play(slot, opened.partition);
      if (slot.settings !== settings) opened.partition.configure(slot.settings);
    } catch (thrown) {
      const error = toError(thrown);
      slot.held = { kind: 'offline', error };
      logger.error({ err: error, topic: topic.name, partition }, 'a partition is offline: it could not be opened');
      if (error instanceof StreamBusError && error.retriable && !this.#closed) {
        slot.reopening = clock.setTimer(reopenAfterMs, () => this.#reopen(slot, topic));
      }
    }
  }

  /** What the metadata says that this broker is to a partition. */
  #partOf(topic: Topic, index: number, state: MetadataState): Part {
    const partition = topic.partitions[index];
    assert(partition !== undefined, () => `topic ${topic.name} has no partition ${index}`);
    const { leader, leaderEpoch } = partition;
    if (leader !== this.#options.nodeId) return { kind: 'follow', leader, leaderEpoch };
    return { kind: 'lead', registration: registrationOf(state, topic, partition) };
  }

  #play({ part, topicId }: Slot, partition: Partition): void {
    const { followers } = this.#dependencies;
    if (part.kind === 'lead') {
      followers?.release(partition);
      partition.becomeLeader(part.registration);
      return;
    }
    partition.becomeFollower(part);
    if (part.leader === undefined) followers?.release(partition);
    else followers?.follow(partition, part.leader, topicId);
  }

  #reopen(slot: Slot, topic: Topic): void {
    slot.reopening = undefined;
    if (slot.held.kind !== 'offline' || this.#closed) return;
    slot.held = { kind: 'opening' };
    this.#startOpening(slot, topic);
  }

  /** Another broker has it in place of this one. */
  #dropOne(topic: Topic, partition: number): void {
    const slots = this.#topics.get(topic.name)?.slots;
    const slot = slots?.[partition];
    if (slots === undefined || slot === undefined) return;
    slots[partition] = undefined;
    this.#beginRemoval(topic.name, this.#destroy(slot));
  }

  #drop(topic: Topic): void {
    const held = this.#topics.get(topic.name);
    if (held === undefined || held.topicId !== topic.topicId) return;
    this.#topics.delete(topic.name);
    this.#beginRemoval(topic.name, this.#remove(held));
  }

  #beginRemoval(topic: string, work: Promise<void>): void {
    const removal = work.catch((thrown: unknown) => {
      this.#dependencies.logger.error({ err: thrown, topic }, 'could not remove files that are not needed any more');
    });
    this.#removals.add(removal);
    removal.finally(() => this.#removals.delete(removal));
  }

  async #remove(held: HeldTopic): Promise<void> {
    await Promise.all(held.slots.map((slot) => slot && this.#destroy(slot)));
    // The folder of the name stays: a topic that is created anew under it may be making its own folder right now.
    await this.#dependencies.disk.remove(`${this.#options.folder}/${held.name}/${held.topicId}`);
  }

  #destroy(slot: Slot): Promise<void> {
    return this.#end(slot, (partition) => partition.destroy());
  }

  #end(slot: Slot, how: (partition: Partition) => Promise<void>): Promise<void> {
    return this.#then(slot, async () => {
      const { held } = slot;
      slot.held = { kind: 'closed' };
      slot.reopening?.cancel();
      if (held.kind !== 'open') return;
      this.#dependencies.followers?.release(held.partition);
      await how(held.partition);
    });
  }

  #then(slot: Slot, work: () => Promise<void>): Promise<void> {
    slot.work = slot.work.then(work);
    return slot.work;
  }
}

function roleOf(partition: Partition): PartitionLookup {
  if (partition.leaderEpoch >= 0) return { kind: 'leading', partition };
  return partition.role === 'follower' ? { kind: 'following', partition } : notLeading;
}

function registrationOf(state: MetadataState, topic: Topic, partition: RegisteredPartition): PartitionRegistration {
  const { leaderEpoch, partitionEpoch, replicas, isr } = partition;
  return { leaderEpoch, partitionEpoch, replicas, isr, minInsyncReplicas: minInsyncReplicas(state, topic, partition) };
}
