import { decodeRecords, encodeRecordBatch, nextBatch } from '@streambus/kafka';
import { type Partition, PartitionError, type PartitionFetchAnswer } from '@streambus/replication';
import type { DiskLoss, ManualClock, SeededRandom } from '@streambus/runtime/testing';
import { createManualClock, createSeededRandom } from '@streambus/runtime/testing';
import { type MetadataFaults, MetadataModel, type MetadataSnapshot } from './metadata-model.ts';
import { type BrokerFaults, SimulatedBroker, type World } from './simulated-broker.ts';
import { SimulatedNetwork } from './simulated-network.ts';

/** What is simulated. */
export interface ClusterOptions extends MetadataFaults, BrokerFaults {
  readonly seed: number;
  readonly replicas?: number;
  readonly minInsyncReplicas?: number;
}

/** What a run came to. */
export interface ClusterReport {
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly leaderEpochs: number;
  readonly truncations: number;
  readonly kills: number;
}

interface StoredRecord {
  readonly offset: number;
  readonly value: string;
}

/**
 * A partition's replicas on brokers that die, are cut off and hear late, used by producers and readers; and what nobody may ever see of it:
 *
 * 1. What was acknowledged under acks=all is there at the end, at its offset.
 * 2. What was seen below a high watermark never changes.
 * 3. The high watermark of one process never goes back.
 * 4. An idempotent producer's records are there once and in order.
 * 5. When all is well again, every replica is in sync and has the same bytes.
 */
export class SimulatedCluster {
  readonly #clock: ManualClock = createManualClock();
  readonly #random: SeededRandom;
  readonly #network: SimulatedNetwork;
  readonly #metadata: MetadataModel;
  readonly #brokers = new Map<number, SimulatedBroker>();
  readonly #violations: string[] = [];
  readonly #acknowledged: StoredRecord[] = [];
  /** What was seen below a high watermark. */
  readonly #seen = new Map<number, string>();
  readonly #seenHighWatermarks = new WeakMap<Partition, number>();
  #sentCount = 0;
  /** Of the idempotent producer: the sequence that it sends until it is acknowledged. */
  #sequence = 0;
  #isSending = false;
  #kills = 0;
  #truncations = 0;

  constructor(options: ClusterOptions) {
    const { seed, replicas: count = 3, minInsyncReplicas = 2 } = options;
    this.#random = createSeededRandom(seed);
    this.#network = new SimulatedNetwork(this.#clock, this.#random.fork());
    const replicas = Array.from({ length: count }, (_, index) => index + 1);
    this.#metadata = new MetadataModel({ ...options, replicas, minInsyncReplicas }, (snapshot) =>
      this.#publish(snapshot),
    );
    const world: World = {
      clock: this.#clock,
      random: this.#random.fork(),
      network: this.#network,
      metadata: this.#metadata,
      faults: options,
      broker: (brokerId) => this.#broker(brokerId),
      violation: (message) => this.#violations.push(message),
    };
    for (const brokerId of replicas) this.#brokers.set(brokerId, new SimulatedBroker(brokerId, world));
  }

  /** Breaks things for so many steps, then heals and looks. */
  async run(steps: number): Promise<ClusterReport> {
    await this.#all((broker) => broker.start());
    for (let step = 0; step < steps && this.#violations.length === 0; step++) {
      await this.#step();
      await this.#clock.advance(this.#random.below(30));
      await this.#look();
    }
    if (this.#violations.length === 0) await this.#settle();
    for (const { partition } of this.#brokers.values()) this.#countTruncations(partition);
    await this.#all((broker) => broker.stop());
    return {
      violations: this.#violations,
      acknowledged: this.#acknowledged.length,
      leaderEpochs: this.#metadata.snapshot().registration.leaderEpoch,
      truncations: this.#truncations,
      kills: this.#kills,
    };
  }

  async #step(): Promise<void> {
    const { weather } = this.#network;
    const broker = this.#broker(this.#any([...this.#brokers.keys()]));
    const dice = this.#random.below(100);
    if (dice < 50) this.#send(this.#believedLeader(broker));
    else if (dice < 65) this.#sendIdempotent(this.#believedLeader(broker));
    else if (dice < 70) this.#kill(broker, this.#any<DiskLoss>(['unsynced', 'torn', 'none']));
    else if (dice < 82) await this.#restart(broker);
    else if (dice < 84) this.#network.isolate(broker.brokerId);
    else if (dice < 92) this.#network.heal();
    // A controller that takes somebody for dead, rightly or not.
    else if (dice < 95) this.#metadata.fence(broker.brokerId, broker.brokerEpoch);
    else if (dice < 98) this.#metadata.unfence(broker.brokerId, broker.brokerEpoch);
    else
      Object.assign(weather, {
        lostPercent: this.#random.below(30),
        doubledPercent: this.#random.below(30),
        delayMsMax: this.#random.below(60),
      });
  }

  /** Mostly who leads, sometimes who believes to, or did. */
  #believedLeader(other: SimulatedBroker): Partition | undefined {
    const { leader } = this.#metadata;
    return (leader === undefined || this.#random.below(4) === 0 ? other : this.#broker(leader)).partition;
  }

  #kill(broker: SimulatedBroker, loss: DiskLoss): void {
    if (!broker.isUp) return;
    const { brokerId, brokerEpoch, partition } = broker;
    this.#kills++;
    this.#countTruncations(partition);
    broker.kill(loss);
    this.#clock.setTimer(this.#random.below(200), () => this.#metadata.fence(brokerId, brokerEpoch));
  }

  async #restart(broker: SimulatedBroker): Promise<void> {
    if (!broker.isUp) await this.#clock.until(broker.start());
  }

  #send(partition: Partition | undefined): void {
    if (partition === undefined) return;
    const values = Array.from({ length: 1 + this.#random.below(3) }, () => `plain ${++this.#sentCount}`);
    const result = partition.append(encodeRecordBatch(values.map((value) => ({ value }))), { acks: 'all' });
    if (result.kind !== 'appended') return;
    this.#whenAcknowledged(partition, result.endOffset, () => {
      for (const [index, value] of values.entries())
        this.#acknowledged.push({ offset: result.firstOffset + index, value });
    });
  }

  #sendIdempotent(partition: Partition | undefined): void {
    if (partition === undefined || this.#isSending) return;
    const value = `sequence ${this.#sequence}`;
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: this.#sequence };
    const result = partition.append(encodeRecordBatch([{ value }], producer), { acks: 'all' });
    if (result.kind === 'refused') return;
    this.#isSending = true;
    const acknowledged = (): void => {
      this.#sequence++;
      this.#acknowledged.push({ offset: result.firstOffset, value });
    };
    this.#whenAcknowledged(partition, result.endOffset, acknowledged, () => {
      this.#isSending = false;
    });
  }

  #whenAcknowledged(partition: Partition, endOffset: number, then: () => void, done = (): void => {}): void {
    partition
      .whenAcknowledged(endOffset, { timeoutMs: 300 })
      .then(then, (thrown: unknown) => {
        if (!(thrown instanceof PartitionError)) throw thrown;
      })
      .finally(done);
  }

  /** Reads what every replica shows, as a consumer that may read from followers. */
  async #look(): Promise<void> {
    for (const { brokerId, partition } of this.#brokers.values()) {
      if (partition === undefined) continue;
      const before = this.#seenHighWatermarks.get(partition) ?? 0;
      const { highWatermark } = partition;
      if (highWatermark < before)
        this.#violations.push(`the high watermark of broker ${brokerId} went back to ${highWatermark} from ${before}`);
      this.#seenHighWatermarks.set(partition, highWatermark);
      for (const { offset, value } of await this.#readAll(partition)) {
        const known = this.#seen.get(offset) ?? value;
        if (known !== value)
          this.#violations.push(`offset ${offset} was "${known}", and is "${value}" on broker ${brokerId}`);
        this.#seen.set(offset, value);
      }
    }
  }

  async #readAll(partition: Partition): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    if (partition.role === 'none') return found;
    for (let fetchOffset = partition.logStartOffset; fetchOffset < partition.highWatermark; ) {
      const answer: PartitionFetchAnswer = await this.#clock.until(
        Promise.resolve(
          partition.fetch({
            reader: { kind: 'consumer', readsFromFollowers: true },
            ...{ currentLeaderEpoch: -1, fetchOffset, lastFetchedEpoch: -1, maxBytes: 10_000, minOneBatch: true },
          }),
        ),
      );
      if (answer.kind !== 'records' || answer.sizeBytes === 0) return found;
      for (const chunk of answer.chunks) {
        for (let at = 0; at < chunk.length; at = nextBatch(chunk, at)) {
          for (const { offset, value } of decodeRecords(chunk, at)) {
            found.push({ offset, value: Buffer.from(value ?? []).toString() });
          }
        }
      }
      fetchOffset = (found.at(-1)?.offset ?? fetchOffset) + 1;
    }
    return found;
  }

  /** All that was broken is repaired; then everything has to come right by itself. */
  async #settle(): Promise<void> {
    this.#network.heal();
    await this.#all((broker) => (broker.isUp ? Promise.resolve() : broker.start()));
    const isWell = (): boolean => {
      const partitions = [...this.#brokers.values()].map(({ partition }) => partition);
      const end = partitions[0]?.logEndOffset;
      const isSame = partitions.every((each) => each?.logEndOffset === end && each?.highWatermark === end);
      return isSame && this.#metadata.isrSize === partitions.length;
    };
    for (let waited = 0; waited < 200 && !isWell(); waited++) {
      for (const broker of this.#brokers.values()) {
        this.#metadata.unfence(broker.brokerId, broker.brokerEpoch);
        broker.hear(this.#metadata.snapshot());
      }
      await this.#clock.advance(50);
    }
    if (!isWell()) this.#violations.push(`it does not come right: ${this.#describe()}`);
    await this.#look();
    await this.#compare();
  }

  async #compare(): Promise<void> {
    const final = new Map([...this.#seen].sort(([one], [other]) => one - other));
    for (const { offset, value } of this.#acknowledged) {
      if (final.get(offset) !== value)
        this.#violations.push(`"${value}" was acknowledged at ${offset}, where "${final.get(offset)}" is`);
    }
    const sequences = [...final.values()].filter((value) => value.startsWith('sequence'));
    const expected = sequences.map((_, index) => `sequence ${index}`);
    if (sequences.join() !== expected.join())
      this.#violations.push(`the idempotent producer's records are ${sequences.join()}`);
    const [first, ...others] = [...this.#brokers.values()];
    for (const other of others) {
      for (const what of ['epochs', 'producers'] as const) {
        const [one, two] = [first, other].map((broker) => JSON.stringify([...(broker?.partition?.[what] ?? [])]));
        if (one !== two)
          this.#violations.push(`the ${what} of broker ${other.brokerId} are ${two}; those of another are ${one}`);
      }
    }
  }

  #describe(): string {
    const brokers = [...this.#brokers.values()].map(({ brokerId, partition }) => {
      const { role, logEndOffset, highWatermark, failure } = partition ?? {};
      return `${brokerId}: ${role} to ${logEndOffset}, ${highWatermark} ${failure?.message ?? ''}`;
    });
    return `${brokers.join('; ')}; ${JSON.stringify(this.#metadata.snapshot())}`;
  }

  /** The brokers hear of every change in its order, each in its own time. */
  #publish(snapshot: MetadataSnapshot): void {
    for (const [brokerId, broker] of this.#brokers) {
      const deliver = (): void => {
        // A snapshot is never lost, only late: what is sent again is dropped where it is known.
        this.#network.send(0, brokerId, () => broker.hear(snapshot));
      };
      for (let attempt = 0; attempt < 3; attempt++) this.#clock.setTimer(attempt * 40, deliver);
    }
  }

  #countTruncations(partition: Partition | undefined): void {
    this.#truncations += partition?.counters.truncations ?? 0;
  }

  #broker(brokerId: number): SimulatedBroker {
    const broker = this.#brokers.get(brokerId);
    if (broker === undefined) throw new Error(`there is no broker ${brokerId}`);
    return broker;
  }

  #any<T>(values: readonly T[]): T {
    const value = values[this.#random.below(values.length)];
    if (value === undefined) throw new Error('there is nothing to choose from');
    return value;
  }

  async #all(run: (broker: SimulatedBroker) => Promise<void>): Promise<void> {
    await this.#clock.until(Promise.all([...this.#brokers.values()].map(run)));
  }
}
