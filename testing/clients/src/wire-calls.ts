import { apis, batchLastOffset, decodeRecords, encodeRecordBatch, errorByCode, nextBatch } from '@streambus/kafka';
import { type WireConnection, withWireConnection } from './wire-connection.ts';

/** The versions spoken here. */
const produceVersion = 9;
const fetchVersion = 11;

/** A record as it was read. */
export interface ReadRecord {
  readonly offset: number;
  readonly value: string;
}

/** What a partition has. */
export interface ReadPartition {
  readonly startOffset: number;
  readonly highWatermark: number;
  readonly records: readonly ReadRecord[];
}

/** An answer with an error in it. */
export class ProtocolError extends Error {
  /** Kafka's name of the error. */
  readonly code: string;

  constructor(what: string, errorCode: number) {
    const code = errorByCode(errorCode)?.name ?? String(errorCode);
    super(`${what}: ${code}`);
    this.name = 'ProtocolError';
    this.code = code;
  }
}

function requireNone(what: string, errorCode: number | undefined): void {
  if (errorCode !== 0) throw new ProtocolError(what, errorCode ?? -1);
}

/** How a topic is made. */
export interface TopicOptions {
  readonly timeoutMs?: number;
  /** Default 1. */
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Creates a topic, and waits until it can be used. */
export async function createTopic(
  port: number,
  name: string,
  numPartitions: number,
  { timeoutMs = 30_000, replicationFactor = 1, configs = {} }: TopicOptions = {},
): Promise<void> {
  const settings = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
  const { topics } = await withWireConnection(port, (connection) =>
    connection.call(apis.createTopics, 5, {
      topics: [{ name, numPartitions, replicationFactor, assignments: [], configs: settings }],
      timeoutMs,
    }),
  );
  requireNone(`topic ${name} cannot be created`, topics[0]?.errorCode);
}

/** Who leads a partition, as one broker tells it; -1 for nobody. */
export async function leaderOf(port: number, topic: string, partition: number): Promise<number> {
  const { topics } = await withWireConnection(port, (connection) =>
    connection.call(apis.metadata, 9, { topics: [{ name: topic }] }),
  );
  return topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId ?? -1;
}

/** Asks for a producer id. */
export async function initProducerId(connection: WireConnection): Promise<number> {
  const request = { transactionalId: null, transactionTimeoutMs: 60_000 };
  const { errorCode, producerId } = await connection.call(apis.initProducerId, 1, request);
  requireNone('no producer id', errorCode);
  return producerId;
}

/** A batch of an idempotent producer. */
export function encodeSequenced(producerId: number, baseSequence: number, values: readonly string[]): Uint8Array {
  const records = values.map((value) => ({ value }));
  return encodeRecordBatch(records, { timestamp: Date.now(), producerId, producerEpoch: 0, baseSequence });
}

/** Produces one batch with acks=all. @returns its first offset @throws ProtocolError */
export async function produce(
  connection: WireConnection,
  topic: string,
  partition: number,
  records: Uint8Array,
): Promise<number> {
  const { responses } = await connection.call(apis.produce, produceVersion, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  });
  const answer = responses[0]?.partitionResponses[0];
  requireNone(`${topic}-${partition} refused a batch`, answer?.errorCode);
  return answer?.baseOffset ?? -1;
}

/** Reads a partition from an offset to its high watermark. @throws ProtocolError */
export function readPartition(port: number, topic: string, partition: number, fromOffset = 0): Promise<ReadPartition> {
  return withWireConnection(port, async (connection) => {
    const records: ReadRecord[] = [];
    for (let next = fromOffset; ; ) {
      const found = await fetchOnce(connection, topic, partition, next);
      for (const record of found.records) if (record.offset >= fromOffset) records.push(record);
      if (found.nextOffset >= found.highWatermark) return { ...found, records };
      if (found.nextOffset === next) throw new Error(`${topic}-${partition} gives nothing at ${next}`);
      next = found.nextOffset;
    }
  });
}

/** Reads what one Fetch gives. @throws ProtocolError */
export async function fetchOnce(
  connection: WireConnection,
  topic: string,
  partition: number,
  fetchOffset: number,
): Promise<ReadPartition & { readonly nextOffset: number }> {
  const { responses } = await connection.call(apis.fetch, fetchVersion, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 8 * 1024 * 1024 }] }],
    forgottenTopicsData: [],
  });
  const answer = responses[0]?.partitions[0];
  requireNone(`${topic}-${partition} cannot be read at ${fetchOffset}`, answer?.errorCode);
  const { logStartOffset = 0, highWatermark = 0 } = answer ?? {};
  const found: ReadRecord[] = [];
  let nextOffset = fetchOffset;
  const bytes = answer?.records ?? new Uint8Array(0);
  for (let at = 0; at < bytes.length; at = nextBatch(bytes, at)) {
    for (const { offset, value } of decodeRecords(bytes, at)) {
      found.push({ offset, value: value === null ? '' : Buffer.from(value).toString() });
    }
    nextOffset = batchLastOffset(bytes, at) + 1;
  }
  return { startOffset: logStartOffset, highWatermark, records: found, nextOffset };
}

/** Makes the coordinator of a group known, which is what makes the broker ready to serve groups. */
export async function findCoordinator(connection: WireConnection, group: string): Promise<void> {
  const { errorCode } = await connection.call(apis.findCoordinator, 2, { key: group, keyType: 0 });
  requireNone(`no coordinator of ${group}`, errorCode);
}

/** Commits an offset of a group without members. @throws ProtocolError */
export async function commitOffset(
  connection: WireConnection,
  group: string,
  topic: string,
  offset: number,
): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: `at ${offset}` }];
  const request = { groupId: group, memberId: '', topics: [{ name: topic, partitions }] };
  const { topics } = await connection.call(apis.offsetCommit, 7, request);
  requireNone(`group ${group} cannot commit`, topics[0]?.partitions[0]?.errorCode);
}

/** The offset that a group has committed; -1 for none. */
export function committedOffset(port: number, group: string, topic: string): Promise<number> {
  return withWireConnection(port, async (connection) => {
    await findCoordinator(connection, group);
    const request = { groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] };
    const { errorCode, topics } = await connection.call(apis.offsetFetch, 5, request);
    requireNone(`group ${group} cannot be asked`, errorCode);
    const found = topics[0]?.partitions[0];
    requireNone(`group ${group} cannot be asked`, found?.errorCode);
    const { committedOffset = -1, metadata = '' } = found ?? {};
    if (committedOffset >= 0 && metadata !== `at ${committedOffset}`) {
      throw new Error(`group ${group} has offset ${committedOffset} with the metadata of another: ${metadata}`);
    }
    return committedOffset;
  });
}
