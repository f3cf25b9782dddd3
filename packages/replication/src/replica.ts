import type { Compression } from '@streambus/kafka';
import type { Log, LogError } from '@streambus/log';
import type { Logger } from '@streambus/runtime';
import { Appender } from './appender.ts';
import { loadCompressions, type RecordRules } from './batch-records.ts';
import { PartitionError, partitionErrorOf } from './errors.ts';
import { FetchAnswers } from './fetch-answers.ts';
import type { ReplicaRole } from './fetch-rules.ts';
import type {
  FollowerFetch,
  FollowerOutcome,
  LeaderAnswer,
  PartitionFetchAnswer,
  PartitionFetchRequest,
} from './fetches.ts';
import type { FollowerProgress } from './follower-progress.ts';
import type { KnownState } from './known-state.ts';
import type { EpochStart } from './leader-epochs.ts';
import { Listeners } from './listeners.ts';
import type {
  AppendOptions,
  AppendResult,
  LostRecords,
  Partition,
  PartitionCounters,
  PartitionDependencies,
  PartitionOptions,
  PartitionRead,
  PartitionReadRequest,
  TimestampedOffset,
  WaitOptions,
  WriteRejection,
} from './partition.ts';
import { PartitionReader } from './partition-reader.ts';
import type { PartitionSettings } from './partition-settings.ts';
import type { DescribedProducer } from './producer-state.ts';
import type { Following, IsrAnswer, IsrProposal, PartitionRegistration } from './registration.ts';
import { ReplicaRoleDriver } from './replica-role.ts';
import { applyRetention } from './retention.ts';
import { WriteGate } from './write-gate.ts';

/** A compressed batch that grows beyond this is refused where its records must be looked at. */
const maxDecompressedBytes = 128 * 1024 * 1024;

const defaultLagTimeMaxMs = 30_000;

/** What a replica is made of. */
export interface ReplicaParts {
  readonly log: Log;
  readonly known: KnownState;
  readonly logger: Logger;
}

/** One partition's replica over its log. */
export class Replica implements Partition {
  readonly topic: string;
  readonly partition: number;
  readonly folder: string;
  readonly #name: string;
  readonly #log: Log;
  readonly #known: KnownState;
  readonly #logger: Logger;
  readonly #dependencies: PartitionDependencies;
  readonly #gate: WriteGate;
  readonly #appender: Appender;
  readonly #reader: PartitionReader;
  readonly #role: ReplicaRoleDriver;
  readonly #fetches: FetchAnswers;
  readonly #highWatermarkListeners = new Listeners();
  readonly #logEndListeners = new Listeners();
  #settings: PartitionSettings;
  #rules: RecordRules;

  constructor(options: PartitionOptions, dependencies: PartitionDependencies, { log, known, logger }: ReplicaParts) {
    const { topic, partition, folder, brokerId, settings, lagTimeMaxMs = defaultLagTimeMaxMs } = options;
    const { clock, compression, brokers = { find: () => undefined } } = dependencies;
    this.topic = topic;
    this.partition = partition;
    this.folder = folder;
    this.#name = `${topic}-${partition}`;
    this.#log = log;
    this.#known = known;
    this.#logger = logger;
    this.#dependencies = dependencies;
    this.#settings = settings;
    this.#rules = recordRules(settings, compression);
    const parts = { name: this.#name, log, known, clock, logger };
    this.#gate = new WriteGate(parts);
    this.#appender = new Appender({ ...parts, gate: this.#gate }, settings, this.#rules);
    this.#reader = new PartitionReader(this.#name, log, { logger, compression });
    this.#role = new ReplicaRoleDriver({
      ...{ ...parts, gate: this.#gate, topic, partition, folder, brokerId, brokers, lagTimeMaxMs },
      waitsForSync: () => (this.#settings.log.sync?.kind ?? 'acked') === 'acked',
      events: {
        onHighWatermark: () => this.#onHighWatermark(),
        onLogEnd: () => this.#logEndListeners.call(),
        onIsrProposal: (proposal) => this.#onIsrProposal(proposal),
        onTruncatedBelowHighWatermark: (lost) => this.#onLost(lost),
      },
    });
    this.#fetches = new FetchAnswers({ name: this.#name, log, known, role: this.#role, reader: this.#reader });
  }

  get settings(): PartitionSettings {
    return this.#settings;
  }

  get logStartOffset(): number {
    return this.#log.startOffset;
  }

  get highWatermark(): number {
    return this.#role.highWatermark;
  }

  get logEndOffset(): number {
    return this.#log.endOffset;
  }

  get role(): ReplicaRole {
    return this.#role.role;
  }

  get leaderEpoch(): number {
    return this.#role.leaderState?.leaderEpoch ?? -1;
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  get segmentCount(): number {
    return this.#log.segmentCount;
  }

  get queuedBytes(): number {
    return this.#log.queuedBytes;
  }

  get counters(): PartitionCounters {
    return { ...this.#appender.counters, ...this.#role.counters };
  }

  get producers(): Iterable<DescribedProducer> {
    return this.#known.producers.entries();
  }

  get epochs(): readonly EpochStart[] {
    return this.#known.epochs.starts;
  }

  get failure(): Error | undefined {
    return this.#gate.failure;
  }

  get damage(): Error | undefined {
    return this.#reader.damage;
  }

  get rejection(): WriteRejection | undefined {
    return this.#gate.rejection;
  }

  get registration(): PartitionRegistration | undefined {
    return this.#role.leaderState?.registration;
  }

  get followers(): readonly FollowerProgress[] {
    return this.#role.followers;
  }

  get waiterCount(): number {
    return this.#role.waiterCount;
  }

  get latestOffset(): number | undefined {
    const state = this.#role.leaderState;
    return state?.knowsHighWatermark === false ? undefined : this.highWatermark;
  }

  becomeLeader(registration: PartitionRegistration): void {
    this.#role.becomeLeader(registration);
  }

  becomeFollower(following: Following): void {
    this.#role.becomeFollower(following);
  }

  resign(): void {
    this.#role.resign();
  }

  append(records: Uint8Array, { acks = 'leader' }: AppendOptions = {}): AppendResult {
    const state = this.#role.leaderState;
    const lacksReplicas = acks === 'all' && state?.isEnoughInSync === false;
    return this.#appender.append(records, { leaderEpoch: state?.leaderEpoch ?? -1, lacksReplicas });
  }

  whenAcknowledged(endOffset: number, options: WaitOptions = {}): Promise<void> {
    return this.#role.whenAcknowledged(endOffset, options);
  }

  whenStored(endOffset: number): Promise<void> {
    return this.#role.whenStored(endOffset);
  }

  fetch(request: PartitionFetchRequest): PartitionFetchAnswer | Promise<PartitionFetchAnswer> {
    return this.#fetches.answer(request);
  }

  read({ fromOffset, maxBytes, minOneBatch }: PartitionReadRequest): PartitionRead | Promise<PartitionRead> {
    const { startOffset, endOffset } = this.#log;
    if (fromOffset < startOffset || fromOffset > endOffset) {
      throw new PartitionError(
        'PARTITION_OFFSET_OUT_OF_RANGE',
        `${this.#name} has no offset ${fromOffset}; it has ${startOffset} to ${endOffset}`,
      );
    }
    return this.#reader.read({ fromOffset, endOffset: this.highWatermark, maxBytes, minOneBatch });
  }

  offsetForTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined> {
    return this.#reader.offsetForTimestamp(timestampMs, this.highWatermark);
  }

  latestTimestamp(): Promise<TimestampedOffset | undefined> {
    return this.#reader.latestTimestamp(this.highWatermark);
  }

  epochEndOffset(leaderEpoch: number): { readonly epoch: number; readonly endOffset: number } | undefined {
    return this.#fetches.epochEndOffset(leaderEpoch);
  }

  epochOf(offset: number): number {
    return this.#known.epochs.epochOf(offset);
  }

  onHighWatermark(listener: () => void): () => void {
    return this.#highWatermarkListeners.add(listener);
  }

  onLogEnd(listener: () => void): () => void {
    return this.#logEndListeners.add(listener);
  }

  checkReplicas(): void {
    this.#role.checkReplicas();
  }

  isrAnswered(proposal: IsrProposal, answer: IsrAnswer): void {
    this.#role.isrAnswered(proposal, answer);
  }

  nextFetch(): FollowerFetch | undefined {
    return this.#role.nextFetch();
  }

  whenFetchable(): Promise<void> {
    return this.#role.whenFetchable();
  }

  takeAnswer(fetch: FollowerFetch, answer: LeaderAnswer): Promise<FollowerOutcome> {
    return this.#role.takeAnswer(fetch, answer);
  }

  async deleteRecordsBefore(offset: number): Promise<number> {
    if (offset > this.highWatermark) {
      throw new PartitionError(
        'PARTITION_OFFSET_OUT_OF_RANGE',
        `${this.#name} cannot delete up to ${offset}; its high watermark is ${this.highWatermark}`,
      );
    }
    await this.#orPartitionError(() => this.#log.truncatePrefix(offset));
    this.#trimmed();
    return this.#log.startOffset;
  }

  async maintain(): Promise<void> {
    const { startOffset: from } = this.#log;
    const now = { highWatermark: this.highWatermark, nowMs: this.#dependencies.clock.wallTimeMs() };
    if (await applyRetention(this.#log, this.#settings, now)) {
      this.#trimmed();
      this.#logger.info({ from, to: this.#log.startOffset }, 'retention removed old segments');
    }
    this.#known.expire(this.#settings.producerExpirationMs);
    if (this.#known.isDue) await this.#known.save();
  }

  flush(): Promise<void> {
    return this.#orPartitionError(() => this.#log.flush());
  }

  configure(settings: PartitionSettings): void {
    this.#settings = settings;
    this.#rules = recordRules(settings, this.#dependencies.compression);
    this.loadCompressions();
    this.#appender.configure(settings, this.#rules);
    // Said outright: a policy that is left out would stay as it was in the log, and be the default here.
    this.#log.configure({ sync: { kind: 'acked' }, ...settings.log });
    this.#role.advanced();
  }

  async close(): Promise<void> {
    if (this.#gate.isClosed) return;
    const failed = this.#gate.failure !== undefined;
    await this.#gate.close();
    if (!failed) {
      try {
        await this.#log.flush();
        await this.#known.saveLast();
      } catch (thrown) {
        // The log itself says on the next start what it has; the derived state is read again from it.
        this.#logger.warn({ err: thrown }, 'could not save what is known beside the records');
      }
    }
    await this.#log.close();
    this.#role.close();
    this.#highWatermarkListeners.clear();
    this.#logEndListeners.clear();
  }

  async destroy(): Promise<void> {
    const closed = this.#gate.close();
    this.#role.close();
    this.#highWatermarkListeners.end();
    this.#logEndListeners.end();
    await closed;
    await this.#known.idle();
    await this.#log.destroy();
    this.#highWatermarkListeners.clear();
    this.#logEndListeners.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Loads what is needed to look into compressed batches, where that matters. */
  loadCompressions(): Promise<void> {
    return this.#rules.requireKeys ? loadCompressions(this.#rules.compression) : Promise.resolve();
  }

  /** The log has moved forward. */
  advanced(): void {
    this.#gate.writesGoThrough();
    this.#role.advanced();
  }

  /** The log has dropped frames that it had taken. */
  rejected(error: LogError): void {
    this.#gate.rejected(error);
    this.#role.rejected(error);
  }

  /** Followers hear of it with their next answer, which need not wait for records. */
  #trimmed(): void {
    this.#known.trimmed();
    this.#logEndListeners.call();
  }

  #onHighWatermark(): void {
    this.#dependencies.observer?.onHighWatermark?.(this);
    this.#highWatermarkListeners.call();
  }

  #onIsrProposal(proposal: IsrProposal): void {
    const { observer } = this.#dependencies;
    if (observer?.onIsrProposal === undefined) this.isrAnswered(proposal, { kind: 'rejected' });
    else observer.onIsrProposal(this, proposal);
  }

  #onLost(lost: LostRecords): void {
    this.#logger.error({ ...lost }, 'records that were replicated are gone: the leader does not have them');
    this.#dependencies.observer?.onTruncatedBelowHighWatermark?.(this, lost);
  }

  async #orPartitionError<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      throw partitionErrorOf(this.#name, thrown);
    }
  }
}

function recordRules(settings: PartitionSettings, compression: Compression): RecordRules {
  return { requireKeys: settings.compacted, compression, maxDecompressedBytes };
}
