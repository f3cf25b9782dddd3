import {
  apis,
  decodeRecords,
  encodeRecordBatch,
  errorByCode,
  type FetchResponse,
  nextBatch,
  type ProduceResponse,
  type RecordBatchOptions,
  type RecordInput,
} from '@streambus/kafka';
import { type RunningBroker, type StartBrokerOptions, startBroker } from 'streambus';
import { afterAll, beforeAll } from 'vitest';
import { connectClient, type ProtocolClient } from './protocol-client.ts';

/** A broker in memory and a client of it, shared by the tests of one file. */
export interface TestBroker {
  readonly broker: RunningBroker;
  readonly client: ProtocolClient;
  /** Another connection, ended with the file's tests. */
  connect(): Promise<ProtocolClient>;
}

/** Starts a broker before the tests of a file and closes it behind them. */
export function useBroker(options: StartBrokerOptions = {}): TestBroker {
  let broker: RunningBroker | undefined;
  const clients: ProtocolClient[] = [];
  const connect = async (): Promise<ProtocolClient> => {
    const client = await connectClient(given(broker).bootstrap);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    broker = await startBroker({ ...options, config: { offsetsTopicNumPartitions: 3, ...options.config } });
    await connect();
  });
  afterAll(async () => {
    for (const client of clients) await client[Symbol.asyncDispose]();
    await broker?.close();
  });
  return {
    get broker() {
      return given(broker);
    },
    get client() {
      return given(clients[0]);
    },
    connect,
  };
}

/** What must be there. */
export function given<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('what the test needs is not there');
  return value;
}

/** The name of an error on the wire. */
export function errorName(code: number): string {
  return errorByCode(code)?.name ?? `error ${code}`;
}

let names = 0;

/** A name that no other test of this process uses. */
export function fresh(prefix: string): string {
  return `${prefix}-${++names}`;
}

/** Creates a topic by CreateTopics; resolves with its id. */
export async function createTopic(
  client: ProtocolClient,
  name: string,
  numPartitions = 1,
  configs: Readonly<Record<string, string>> = {},
  replicationFactor = 1,
): Promise<string> {
  const { topics } = await client.call(apis.createTopics, 7, {
    topics: [
      {
        name,
        numPartitions,
        replicationFactor,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
  });
  const [topic] = topics;
  if (topic?.errorCode !== 0) throw new Error(`${name}: ${errorName(topic?.errorCode ?? -1)} ${topic?.errorMessage}`);
  return topic.topicId;
}

/** What a test says of a Produce request. */
export interface ProduceCall {
  readonly topic: string;
  readonly partition?: number;
  readonly version?: number;
  readonly acks?: number;
}

/** Produces one batch to one partition; resolves with that partition's answer. */
export async function produceBytes(
  client: ProtocolClient,
  { topic, partition = 0, version = 9, acks = -1 }: ProduceCall,
  records: Uint8Array | null,
): Promise<ProduceResponse['responses'][number]['partitionResponses'][number]> {
  const { responses } = await client.call(apis.produce, version, {
    acks,
    timeoutMs: 10_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  });
  return given(responses[0]?.partitionResponses[0]);
}

/** Produces records as one batch; resolves with that partition's answer. */
export function produce(
  client: ProtocolClient,
  call: ProduceCall,
  records: readonly RecordInput[],
  options: RecordBatchOptions = {},
): ReturnType<typeof produceBytes> {
  return produceBytes(client, call, encodeRecordBatch(records, { timestamp: Date.now(), ...options }));
}

/** Produces these values as one batch and resolves with the offset of the first. */
export async function produceValues(client: ProtocolClient, topic: string, values: readonly string[]): Promise<number> {
  const { errorCode, baseOffset } = await produce(
    client,
    { topic },
    values.map((value) => ({ value })),
  );
  if (errorCode !== 0) throw new Error(`${topic}: ${errorName(errorCode)}`);
  return baseOffset;
}

/** What a test says of a Fetch request for one partition. */
export interface FetchCall {
  readonly topic: string;
  readonly partition?: number;
  readonly version?: number;
  readonly offset: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly currentLeaderEpoch?: number;
}

export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** Fetches from one partition, up to version 12 by name; resolves with that partition's answer. */
export async function fetchFrom(client: ProtocolClient, call: FetchCall): Promise<FetchedPartition> {
  const { topic, partition = 0, version = 12, offset, currentLeaderEpoch = -1 } = call;
  const { maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 20, partitionMaxBytes = 1 << 20 } = call;
  const { responses } = await client.call(apis.fetch, version, {
    maxWaitMs,
    minBytes,
    maxBytes,
    topics: [
      {
        topic,
        topicId: zeroId,
        partitions: [{ partition, fetchOffset: offset, partitionMaxBytes, currentLeaderEpoch }],
      },
    ],
    forgottenTopicsData: [],
  });
  return given(responses[0]?.partitions[0]);
}

export const zeroId = '00000000-0000-0000-0000-000000000000';

/** A record as a test compares it. */
export interface ReadRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
}

/** The records of uncompressed batches. */
export function recordsIn(bytes: Uint8Array | null): ReadRecord[] {
  const found: ReadRecord[] = [];
  const text = (content: Uint8Array | null): string | null => content && Buffer.from(content).toString();
  for (let at = 0; bytes !== null && at < bytes.length; at = nextBatch(bytes, at)) {
    for (const { offset, key, value, timestamp } of decodeRecords(bytes, at)) {
      found.push({ offset, key: text(key), value: text(value), timestamp });
    }
  }
  return found;
}

/** The values of a partition from an offset on. */
export async function valuesFrom(
  client: ProtocolClient,
  topic: string,
  offset = 0,
  partition = 0,
): Promise<(string | null)[]> {
  const { errorCode, records } = await fetchFrom(client, { topic, partition, offset });
  if (errorCode !== 0) throw new Error(`${topic}-${partition}: ${errorName(errorCode)}`);
  return recordsIn(records).flatMap((record) => (record.offset >= offset ? [record.value] : []));
}
