import type { Consumer, Message, MessagesStream } from '@platformatic/kafka';
import type { Clock } from '@streambus/runtime';
import type { ConsumedRecord, RecordSource } from './consumed-record.ts';

export interface GroupSourceOptions {
  readonly topic: string;
  /** Where a group without a committed offset begins. */
  readonly fromBeginning: boolean;
  /** Ends at what was there when it began, as far as this member was assigned it. */
  readonly exitOnEnd: boolean;
  readonly stop: AbortSignal;
}

type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

const commitIntervalMs = 1000;
/** Records taken out of the stream and not yet written; beyond it the stream waits. */
const maxGatheredRecords = 2000;

/**
 * Reads as a member of a consumer group. Offsets are committed after their records were written out, so that what was not
 * written is read again by whoever comes next.
 */
export async function createGroupSource(
  consumer: Consumer,
  clock: Clock,
  options: GroupSourceOptions,
): Promise<RecordSource> {
  const { topic, stop } = options;
  const ends = options.exitOnEnd ? await consumer.listOffsets({ topics: [topic], timestamp: -1n }) : undefined;
  const stream = await consumer.consume({
    topics: [topic],
    autocommit: false,
    mode: 'committed',
    fallbackMode: options.fromBeginning ? 'earliest' : 'latest',
    maxWaitTime: 500,
  });
  const inbox = createInbox(
    stream,
    stop,
    () => ends !== undefined && isAtEnd(consumer, stream, topic, ends.get(topic) ?? []),
  );
  const commits = createCommits(consumer, clock);
  return {
    next: inbox.next,
    done: (records) => commits.add(records),
    async close() {
      await commits.flush();
      await stream.close();
      await consumer.close();
    },
  };
}

function isAtEnd(consumer: Consumer, stream: Stream, topic: string, ends: readonly bigint[]): boolean {
  const assigned = consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions;
  if (assigned === undefined) return false;
  return assigned.every(
    (partition) => (stream.offsetsToFetch.get(`${topic}:${partition}`) ?? -1n) >= (ends[partition] ?? 0n),
  );
}

/** Hands out what has gathered since the last call, and holds the stream back meanwhile. */
function createInbox(
  stream: Stream,
  stop: AbortSignal,
  isEnd: () => boolean,
): { next(): Promise<readonly ConsumedRecord[] | undefined> } {
  let gathered: ConsumedRecord[] = [];
  let failure: { readonly error: Error } | undefined;
  let wake = (): void => {};
  stream.on('data', (message) => {
    gathered.push(toRecord(message));
    if (gathered.length >= maxGatheredRecords) stream.pause();
    wake();
  });
  stream.on('error', (error) => {
    failure = { error };
    wake();
  });
  stream.on('fetch', () => wake());
  stream.on('offsets', () => wake());
  stop.addEventListener('abort', () => wake(), { once: true });
  return {
    async next() {
      for (;;) {
        if (failure !== undefined) throw failure.error;
        if (gathered.length > 0) {
          const records = gathered;
          gathered = [];
          if (stream.isPaused()) stream.resume();
          return records;
        }
        if (stop.aborted || (stream.readableLength === 0 && isEnd())) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function toRecord(message: Message): ConsumedRecord {
  const { topic, partition, offset, timestamp, key, value, headerEntries } = message;
  return { topic, partition, offset, timestamp, key, value, headers: headerEntries };
}

/** Commits behind the last written record of each partition, now and then and at the end. */
function createCommits(
  consumer: Consumer,
  clock: Clock,
): { add(records: readonly ConsumedRecord[]): Promise<void>; flush(): Promise<void> } {
  const pending = new Map<string, { readonly topic: string; readonly partition: number; readonly offset: bigint }>();
  let committedAtMs = clock.monotonicMs();
  const flush = async (): Promise<void> => {
    committedAtMs = clock.monotonicMs();
    const offsets = [...pending.values()].filter(({ topic, partition }) =>
      // A partition that has gone to another member is that member's to commit.
      consumer.assignments?.some((assigned) => assigned.topic === topic && assigned.partitions.includes(partition)),
    );
    pending.clear();
    if (offsets.length > 0) await consumer.commit({ offsets: offsets.map((each) => ({ ...each, leaderEpoch: -1 })) });
  };
  return {
    async add(records) {
      for (const { topic, partition, offset } of records) {
        pending.set(`${topic}:${partition}`, { topic, partition, offset: offset + 1n });
      }
      if (clock.monotonicMs() - committedAtMs >= commitIntervalMs) await flush();
    },
    flush,
  };
}
