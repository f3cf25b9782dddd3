import { createCompression, type FetchRequestInput, type FetchResponse } from '@streambus/kafka';
import {
  createFollowerServer,
  createReplicaFetcher,
  type FollowerServer,
  type IsrProposal,
  type LeaderLink,
  openPartition,
  type Partition,
  type PartitionRegistration,
  type RegisteredBroker,
  type ReplicaFetcher,
} from '@streambus/replication';
import { type Clock, delay, type Random, silentLogger } from '@streambus/runtime';
import { createMemoryDisk, createSeededRandom, type DiskLoss, type MemoryDisk } from '@streambus/runtime/testing';
import { type MortalDisk, mortalDisk } from '../mortal-disk.ts';
import { testSettings } from '../settings.ts';
import type { MetadataModel, MetadataSnapshot } from './metadata-model.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import { receivedRequest, receivedResponse } from './wire.ts';

export const topicId = '00000000-0000-4000-8000-000000000001';
export const lagTimeMaxMs = 400;
const requestTimeoutMs = 150;
const folder = '/data/orders/0';

/** What a broker does wrong on purpose, so that a test sees that it is found. */
export interface BrokerFaults {
  /** A leader takes itself for the only one in sync. */
  readonly acknowledgesAlone?: boolean;
  /** A leader counts its followers as far as its own log as soon as that has grown. */
  readonly countsAhead?: boolean;
  /** A leader goes on however few are in sync. */
  readonly ignoresMinInsync?: boolean;
}

/** What a broker lives in. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: SimulatedNetwork;
  readonly metadata: MetadataModel;
  readonly faults: BrokerFaults;
  broker(brokerId: number): SimulatedBroker;
  /** Something happened that must not happen. */
  violation(message: string): void;
}

/** One life of a broker's process. */
interface Life {
  readonly disk: MortalDisk;
  readonly brokerEpoch: number;
  partition: Partition | undefined;
  fetcher: ReplicaFetcher | undefined;
  readonly server: FollowerServer;
  view: MetadataSnapshot | undefined;
  isOver: boolean;
}

/** A broker with one partition: its disk outlives it, and it hears of the metadata late. */
export class SimulatedBroker {
  readonly brokerId: number;
  readonly #world: World;
  readonly #disk: MemoryDisk;
  #life: Life | undefined;

  constructor(brokerId: number, world: World) {
    this.brokerId = brokerId;
    this.#world = world;
    const { clock, random } = world;
    this.#disk = createMemoryDisk({
      directories: ['/data'],
      random: createSeededRandom(random.uint32()),
      beforeOperation: ({ kind }) => (kind === 'sync' ? delay(clock, random.below(9)) : undefined),
    });
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  get brokerEpoch(): number {
    return this.#life?.brokerEpoch ?? -1;
  }

  get partition(): Partition | undefined {
    return this.#life?.partition;
  }

  async start(): Promise<void> {
    const { clock, metadata } = this.#world;
    const brokerEpoch = metadata.register(this.brokerId);
    const disk = mortalDisk(this.#disk);
    const server = createFollowerServer(
      {},
      {
        clock,
        find: (_topicId, _topic, index) => (index === 0 ? life.partition : undefined) ?? 'NOT_LEADER_OR_FOLLOWER',
      },
    );
    const life: Life = {
      ...{ disk, brokerEpoch, server, isOver: false },
      ...{ partition: undefined, fetcher: undefined, view: undefined },
    };
    this.#life = life;
    const { partition } = await openPartition(
      {
        topic: 'orders',
        partition: 0,
        brokerId: this.brokerId,
        folder,
        settings: testSettings({ log: { segmentBytes: 700 } }),
        lagTimeMaxMs,
      },
      {
        disk,
        clock,
        logger: silentLogger,
        compression: createCompression(),
        brokers: { find: (brokerId): RegisteredBroker | undefined => life.view?.brokers.get(brokerId) },
        observer: {
          onIsrProposal: (_partition, proposal) => this.#propose(life, proposal),
          onTruncatedBelowHighWatermark: (_partition, { endOffset, highWatermark }) =>
            this.#world.violation(
              `broker ${this.brokerId} cuts off at ${endOffset}, below its high watermark ${highWatermark}`,
            ),
        },
      },
    );
    if (life.isOver) return;
    life.partition = partition;
    partition.onLogEnd(() => this.#countAhead(life));
    this.#checkReplicas(life);
    this.hear(metadata.snapshot());
    metadata.unfence(this.brokerId, brokerEpoch);
  }

  /** The process dies. @param loss - what of the disk goes with it */
  kill(loss: DiskLoss): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.isOver = true;
    life.disk.kill();
    void life.fetcher?.stop();
    life.server.close();
    this.#disk.crash(loss);
  }

  /** Ends in order. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    await life.fetcher?.stop();
    life.server.close();
    await life.partition?.close();
    life.isOver = true;
    this.#life = undefined;
  }

  /** The metadata has arrived here; what is older than what is known is dropped. */
  hear(snapshot: MetadataSnapshot): void {
    const life = this.#life;
    const partition = life?.partition;
    if (life === undefined || partition === undefined) return;
    if (life.view !== undefined && snapshot.version <= life.view.version) return;
    const before = life.view;
    life.view = snapshot;
    const { leader, registration } = snapshot;
    if (leader === this.brokerId) {
      if (before?.leader !== leader) this.#follow(life, undefined);
      partition.becomeLeader(this.#registration(registration));
    } else if (before?.registration.leaderEpoch !== registration.leaderEpoch) {
      partition.becomeFollower({ leaderEpoch: registration.leaderEpoch, leader });
      this.#follow(life, leader);
    }
  }

  /** @returns undefined where no process is there to answer */
  serve(from: number, request: FetchRequestInput): Promise<FetchResponse> | undefined {
    const life = this.#life;
    if (life === undefined) return undefined;
    const neverAborted = new AbortController().signal;
    return life.server.answer(from, receivedRequest(request), neverAborted).then(receivedResponse);
  }

  #registration(registration: PartitionRegistration): PartitionRegistration {
    const { acknowledgesAlone, ignoresMinInsync } = this.#world.faults;
    return {
      ...registration,
      ...(acknowledgesAlone && { isr: [this.brokerId], minInsyncReplicas: 1 }),
      ...(ignoresMinInsync && { minInsyncReplicas: 1 }),
    };
  }

  #countAhead(life: Life): void {
    const { partition } = life;
    if (this.#world.faults.countsAhead !== true || partition?.role !== 'leader') return;
    for (const brokerId of this.#world.metadata.replicas) {
      if (brokerId === this.brokerId) continue;
      const brokerEpoch = life.view?.brokers.get(brokerId)?.brokerEpoch ?? -1;
      void partition.fetch({
        reader: { kind: 'follower', brokerId, brokerEpoch, logStartOffset: 0 },
        ...{ currentLeaderEpoch: partition.leaderEpoch, fetchOffset: partition.logEndOffset, lastFetchedEpoch: -1 },
        ...{ maxBytes: 0, minOneBatch: false },
      });
    }
  }

  #follow(life: Life, leader: number | undefined): void {
    void life.fetcher?.stop();
    life.fetcher = undefined;
    if (leader === undefined || life.partition === undefined) return;
    const { clock } = this.#world;
    const { brokerEpoch } = life;
    life.fetcher = createReplicaFetcher(
      { leaderId: leader, brokerId: this.brokerId, brokerEpoch, waitMs: 50, maxPartitionBytes: 300, maxBackoffMs: 100 },
      { link: this.#link(life, leader), clock, logger: silentLogger },
    );
    life.fetcher.add(life.partition, { topicId });
  }

  /** Both ways through the network, with a time-out. */
  #link(life: Life, leader: number): LeaderLink {
    const { clock, network } = this.#world;
    return {
      fetch: (request, signal) =>
        new Promise((resolve, reject) => {
          const timer = clock.setTimer(requestTimeoutMs, () => reject(new Error('no answer')));
          signal.addEventListener('abort', () => timer.cancel(), { once: true });
          network.send(this.brokerId, leader, () => {
            void this.#world
              .broker(leader)
              .serve(this.brokerId, request)
              ?.then((response) => {
                network.send(leader, this.brokerId, () => {
                  timer.cancel();
                  if (!life.isOver) resolve(response);
                });
              });
          });
        }),
    };
  }

  /** Its outcome may be lost on the way there, on the way back, or come late; the owner always answers. */
  #propose(life: Life, proposal: IsrProposal): void {
    const { clock, network, metadata } = this.#world;
    const answer = (given: Parameters<Partition['isrAnswered']>[1]): void => {
      if (!life.isOver) life.partition?.isrAnswered(proposal, given);
    };
    const timer = clock.setTimer(requestTimeoutMs, () => answer({ kind: 'unknown' }));
    network.send(this.brokerId, 0, () => {
      const given = metadata.changeIsr(proposal);
      network.send(0, this.brokerId, () => {
        timer.cancel();
        answer(given);
      });
    });
  }

  #checkReplicas(life: Life): void {
    if (life.isOver) return;
    life.partition?.checkReplicas();
    this.#world.clock.setTimer(lagTimeMaxMs / 4, () => this.#checkReplicas(life));
  }
}
