import { createCompression, decodeRecords, encodeRecordBatch, errorCodes, nextBatch } from '@streambus/kafka';
import {
  type FollowerFetch,
  type FollowerOutcome,
  type LeaderAnswer,
  openPartition,
  type Partition,
  type PartitionDependencies,
  type PartitionFetchAnswer,
  type PartitionRegistration,
  type PartitionSettings,
} from '@streambus/replication';
import { type Disk, silentLogger } from '@streambus/runtime';
import { createManualClock, createMemoryDisk, type ManualClock } from '@streambus/runtime/testing';
import { testSettings } from './settings.ts';

/** Replicas of one partition on one clock. Broker `n` has incarnation `n` and epoch 10 + n. */
export interface Replicas {
  readonly clock: ManualClock;
  open(brokerId: number, options?: OpenReplicaOptions): Promise<Partition>;
  /** Lets a follower ask once, and take what it is answered. */
  replicate(leader: Partition, follower: Partition, brokerId: number): Promise<FollowerOutcome>;
  /** Lets a follower ask until it has everything and the leader knows. */
  catchUp(leader: Partition, follower: Partition, brokerId: number): Promise<void>;
}

/** How a replica is opened. */
export interface OpenReplicaOptions {
  readonly disk?: Disk;
  readonly settings?: PartitionSettings;
  readonly observer?: PartitionDependencies['observer'];
}

/** Makes the room for some replicas. */
export function createReplicas(): Replicas {
  const clock = createManualClock();
  const replicate = async (leader: Partition, follower: Partition, brokerId: number): Promise<FollowerOutcome> => {
    const fetch = follower.nextFetch();
    if (fetch === undefined) throw new Error(`broker ${brokerId} has nothing to ask`);
    const answer = await clock.until(Promise.resolve(leader.fetch(followerRequest(fetch, brokerId))));
    return clock.until(follower.takeAnswer(fetch, leaderAnswer(answer)));
  };
  return {
    clock,
    replicate,
    async open(brokerId, { disk, settings = testSettings(), observer } = {}) {
      const { partition } = await clock.until(
        openPartition(
          { topic: 'orders', partition: 0, brokerId, folder: '/data/orders/0', settings, lagTimeMaxMs: 1000 },
          {
            ...{ disk: disk ?? createMemoryDisk({ directories: ['/data'] }), clock, logger: silentLogger },
            ...{ compression: createCompression(), ...(observer && { observer }) },
            brokers: { find: (id) => ({ brokerEpoch: 10 + id, incarnation: `${id}`, isActive: true }) },
          },
        ),
      );
      return partition;
    },
    async catchUp(leader, follower, brokerId) {
      for (let outcome = await replicate(leader, follower, brokerId); outcome.kind !== 'unchanged'; ) {
        outcome = await replicate(leader, follower, brokerId);
      }
    },
  };
}

/** A fetch as the leader gets it. */
export function followerRequest(fetch: FollowerFetch, brokerId: number): Parameters<Partition['fetch']>[0] {
  const { logStartOffset, ...rest } = fetch;
  const reader = { kind: 'follower', brokerId, brokerEpoch: 10 + brokerId, logStartOffset } as const;
  return { reader, ...rest, maxBytes: 10_000, minOneBatch: true };
}

/** An answer as the follower gets it. */
export function leaderAnswer(answer: PartitionFetchAnswer): LeaderAnswer {
  const { highWatermark, logStartOffset } = answer;
  return {
    ...{ highWatermark, logStartOffset },
    errorCode: answer.kind === 'refused' ? errorCodes[answer.error] : 0,
    divergingEpoch:
      answer.kind === 'diverging' ? { epoch: answer.epoch, endOffset: answer.endOffset } : { epoch: -1, endOffset: -1 },
    records: answer.kind === 'records' ? Uint8Array.from(Buffer.concat(answer.chunks)) : null,
  };
}

export function registration(changes: Partial<PartitionRegistration> = {}): PartitionRegistration {
  return { leaderEpoch: 1, partitionEpoch: 1, replicas: [1, 2], isr: [1, 2], minInsyncReplicas: 1, ...changes };
}

/** Appends one batch. @returns where it ends */
export function send(partition: Partition, values: readonly string[], producer = {}): number {
  const result = partition.append(
    encodeRecordBatch(
      values.map((value) => ({ value })),
      producer,
    ),
  );
  if (result.kind === 'refused') throw new Error(`${result.code}: ${result.message}`);
  return result.endOffset;
}

/** What a consumer can read. */
export async function valuesIn(clock: ManualClock, partition: Partition): Promise<string[]> {
  const fromOffset = partition.logStartOffset;
  const read = partition.read({ fromOffset, maxBytes: 1_000_000, minOneBatch: true });
  const { chunks } = await clock.until(Promise.resolve(read));
  return chunks.flatMap((chunk) => {
    const values: string[] = [];
    for (let at = 0; at < chunk.length; at = nextBatch(chunk, at)) {
      for (const { offset, value } of decodeRecords(chunk, at)) {
        if (offset >= fromOffset) values.push(Buffer.from(value ?? []).toString());
      }
    }
    return values;
  });
}
