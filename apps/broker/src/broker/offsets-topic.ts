import {
  CoordinatorError,
  type GroupCoordinator,
  type OffsetsLog,
  type OffsetsLogBatch,
  type OffsetsRecord,
  type StoredOffsetsRecord,
} from '@streambus/coordinator';
import { batchLastOffset, decodeRecords, encodeRecordBatch, nextBatch } from '@streambus/kafka';
import { MetadataError, type MetadataStore } from '@streambus/metadata';
import { type Partition, PartitionError } from '@streambus/replication';
import { assert, type Clock, type Logger, toError } from '@streambus/runtime';
import type { BrokerConfig } from '../config/index.ts';
import { offsetsTopicName } from './internal-topics.ts';
import type { PartitionManager } from './partition-manager.ts';
import { offsetsTopicToCreate, type Topics } from './topics.ts';

/** Bytes read at once while a coordinator partition is loaded. */
const loadBytes = 1024 * 1024;

/** How long a partition that could not be read is left alone. */
const retryAfterMs = 5_000;

/** The topic that groups are kept in. */
export interface OffsetsTopic {
  /**
   * Creates it when it is not there, and loads what this broker leads of it; resolves when groups can be served, but for those
   * of partitions that cannot be read. @throws MetadataError
   */
  ensure(): Promise<void>;
  /** Loads what is there already, so that no group waits for its first caller. */
  loadExisting(): Promise<void>;
  /** The broker that leads one of its partitions and can serve its groups. */
  leaderOf(partition: number): number | undefined;
}

/** What the topic is made of. */
export interface OffsetsTopicDependencies {
  readonly config: BrokerConfig;
  readonly store: MetadataStore;
  readonly topics: Topics;
  readonly coordinator: GroupCoordinator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the topic that groups are kept in; nothing is created before the first group comes. */
export function createOffsetsTopic(dependencies: OffsetsTopicDependencies): OffsetsTopic {
  const { config, store, topics, coordinator, clock, logger } = dependencies;
  let ensured: Promise<void> | undefined;
  let unreadable: ReadonlySet<number> = new Set();
  let triedMs = Number.NEGATIVE_INFINITY;

  /** One partition that cannot be read keeps its own groups away, and nobody else's. */
  const loadAll = async (): Promise<void> => {
    const partitions = store.state.topics.get(offsetsTopicName)?.partitions ?? [];
    const failed = new Set<number>();
    triedMs = clock.monotonicMs();
    await Promise.all(
      partitions.map(async ({ leader }, partition) => {
        if (leader !== config.nodeId) return;
        try {
          await coordinator.load(partition);
        } catch (thrown) {
          failed.add(partition);
          if (unreadable.has(partition)) return;
          logger.error({ err: toError(thrown), partition }, 'the groups of a partition of the offsets topic are away');
        }
      }),
    );
    unreadable = failed;
  };

  const ensure = async (): Promise<void> => {
    if (!store.state.topics.has(offsetsTopicName)) {
      try {
        await topics.create(offsetsTopicToCreate(config));
      } catch (thrown) {
        if (!(thrown instanceof MetadataError) || thrown.code !== 'TOPIC_EXISTS') throw thrown;
      }
    }
    await loadAll();
  };

  const ensureOnce = (): Promise<void> => {
    // What could not be read may be readable by now.
    if (unreadable.size > 0 && clock.monotonicMs() - triedMs >= retryAfterMs) ensured = undefined;
    ensured ??= ensure().catch((thrown: unknown) => {
      // The next who asks tries again.
      ensured = undefined;
      throw thrown;
    });
    return ensured;
  };

  return {
    ensure: ensureOnce,
    async loadExisting() {
      if (store.state.topics.has(offsetsTopicName)) await ensureOnce();
    },
    leaderOf(partition) {
      const leader = store.state.topics.get(offsetsTopicName)?.partitions[partition]?.leader;
      return leader === config.nodeId && unreadable.has(partition) ? undefined : leader;
    },
  };
}

/** The coordinator's log on the partitions of the offsets topic. */
export function createOffsetsLog(partitions: PartitionManager, clock: Clock): OffsetsLog {
  const leading = (index: number): Partition => {
    const lookup = partitions.lookup(offsetsTopicName, index);
    if (lookup.kind === 'leading') return lookup.partition;
    throw new CoordinatorError('COORDINATOR_NOT_LEADER', `this broker does not lead ${offsetsTopicName}-${index}`);
  };
  return {
    async append(index, records) {
      const partition = leading(index);
      const bytes = encodeOffsetsRecords(records, clock.wallTimeMs());
      const result = partition.append(bytes);
      if (result.kind === 'refused') {
        const message = `${offsetsTopicName}-${index}: ${result.message}`;
        throw result.code === 'NOT_LEADER_OR_FOLLOWER'
          ? new CoordinatorError('COORDINATOR_NOT_LEADER', message)
          : new PartitionError('PARTITION_STORAGE_FAILED', message, { retriable: true });
      }
      await partition.whenAcknowledged(result.endOffset);
      return { baseOffset: result.firstOffset, sizeBytes: bytes.length };
    },
    load: (index) => loadBatches(leading(index)),
    async trimBefore(index, offset) {
      await leading(index).deleteRecordsBefore(offset);
    },
  };
}

function encodeOffsetsRecords(records: readonly OffsetsRecord[], timestampMs: number): Uint8Array {
  return encodeRecordBatch(records, { timestamp: timestampMs });
}

async function* loadBatches(partition: Partition): AsyncIterable<OffsetsLogBatch> {
  const startOffset = partition.logStartOffset;
  const endOffset = partition.highWatermark;
  for (let fromOffset = startOffset; fromOffset < endOffset; ) {
    const { chunks, sizeBytes } = await partition.read({ fromOffset, maxBytes: loadBytes, minOneBatch: true });
    const records: StoredOffsetsRecord[] = [];
    let nextOffset = fromOffset;
    for (const batch of batchesIn(chunks)) {
      for (const { offset, key, value } of decodeRecords(batch)) {
        if (offset >= startOffset && key !== null) records.push({ offset, key, value });
      }
      nextOffset = batchLastOffset(batch) + 1;
    }
    assert(nextOffset > fromOffset, () => `${offsetsTopicName}-${partition.partition} gives records at ${fromOffset}`);
    fromOffset = nextOffset;
    yield { records, sizeBytes };
  }
}

function* batchesIn(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const end = nextBatch(chunk, at);
      yield chunk.subarray(at, end);
      at = end;
    }
  }
}
