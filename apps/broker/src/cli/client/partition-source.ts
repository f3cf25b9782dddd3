import type { Consumer } from '@platformatic/kafka';
import type { ConsumedRecord, RecordSource } from './consumed-record.ts';

export interface PartitionSourceOptions {
  readonly topic: string;
  /** Undefined: all. */
  readonly partition?: number;
  readonly fromBeginning: boolean;
  /** Ends at what was there when it began. */
  readonly exitOnEnd: boolean;
  readonly stop: AbortSignal;
}

/** How far one partition has been read. */
interface Position {
  readonly partition: number;
  next: bigint;
  readonly end: bigint;
}

const maxWaitMs = 500;
const maxBytesPerPartition = 1024 * 1024;
const controlBatch = 0x20;
const logAppendTime = 0x08;

type FetchedTopic = Awaited<ReturnType<Consumer['fetch']>>['responses'][number];
type FetchedBatch = NonNullable<FetchedTopic['partitions'][number]['records']>[number];

/** Reads partitions straight from their leaders, without a group: nothing is left behind in the cluster. */
export async function createPartitionSource(
  consumer: Consumer,
  options: PartitionSourceOptions,
): Promise<RecordSource> {
  const { topic, stop } = options;
  consumer.topics.track(topic);
  const positions = await findPositions(consumer, options);
  const isAtEnd = (): boolean => options.exitOnEnd && positions.every((position) => position.next >= position.end);
  return {
    async next() {
      while (!stop.aborted && !isAtEnd()) {
        const records = await fetchAll(consumer, topic, positions, options.exitOnEnd);
        if (records.length > 0) return records;
      }
      return undefined;
    },
    async done() {},
    async close() {
      await consumer.close(true);
    },
  };
}

async function findPositions(consumer: Consumer, options: PartitionSourceOptions): Promise<readonly Position[]> {
  const { topic, partition: only } = options;
  const request = { topics: [topic], ...(only === undefined ? {} : { partitions: { [topic]: [only] } }) };
  const [starts, ends] = await Promise.all([
    consumer.listOffsets({ ...request, timestamp: -2n }),
    consumer.listOffsets({ ...request, timestamp: -1n }),
  ]);
  const positions: Position[] = [];
  for (const [partition, end] of (ends.get(topic) ?? []).entries()) {
    if (only !== undefined && partition !== only) continue;
    const start = starts.get(topic)?.[partition] ?? 0n;
    positions.push({ partition, next: options.fromBeginning ? start : end, end });
  }
  return positions;
}

/** One round of fetches, one to each leader. */
async function fetchAll(
  consumer: Consumer,
  topic: string,
  positions: readonly Position[],
  isBounded: boolean,
): Promise<readonly ConsumedRecord[]> {
  const metadata = await consumer.metadata({ topics: [topic] });
  const known = metadata.topics.get(topic);
  const byLeader = new Map<number, Position[]>();
  for (const position of positions) {
    const leader = known?.partitions[position.partition]?.leader;
    if (leader === undefined || (isBounded && position.next >= position.end)) continue;
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), position]);
  }
  const topicId = known?.id ?? '';
  const answers = await Promise.all(
    [...byLeader].map(([node, wanted]) => consumer.fetch(fetchOptions(node, topicId, wanted))),
  );
  return answers.flatMap(({ responses }) =>
    responses.flatMap((answer) => readAnswer(topic, answer, positions, isBounded)),
  );
}

function fetchOptions(node: number, topicId: string, wanted: readonly Position[]): Parameters<Consumer['fetch']>[0] {
  const partitions = wanted.map(({ partition, next }) => ({
    partition,
    fetchOffset: next,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    partitionMaxBytes: maxBytesPerPartition,
  }));
  return { node, maxWaitTime: maxWaitMs, topics: [{ topicId, partitions }] };
}

/** The records that were asked for; a batch may begin before them. */
function readAnswer(
  topic: string,
  answer: FetchedTopic,
  positions: readonly Position[],
  isBounded: boolean,
): readonly ConsumedRecord[] {
  const records: ConsumedRecord[] = [];
  for (const { partitionIndex, records: batches } of answer.partitions) {
    const position = positions.find(({ partition }) => partition === partitionIndex);
    if (position === undefined) continue;
    for (const batch of batches ?? []) {
      for (const record of readBatch(topic, partitionIndex, batch)) {
        const isWanted = record.offset >= position.next && !(isBounded && record.offset >= position.end);
        if (isWanted) records.push(record);
      }
      const after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      if (after > position.next) position.next = after;
    }
  }
  return records;
}

function readBatch(topic: string, partition: number, batch: FetchedBatch): readonly ConsumedRecord[] {
  if ((batch.attributes & controlBatch) !== 0) return [];
  return batch.records.map((record) => ({
    topic,
    partition,
    offset: batch.firstOffset + BigInt(record.offsetDelta),
    timestamp:
      (batch.attributes & logAppendTime) === 0 ? batch.firstTimestamp + record.timestampDelta : batch.maxTimestamp,
    key: record.key,
    value: record.value,
    headers: record.headers,
  }));
}
