import {
  apis,
  batchBytes,
  batchCompression,
  batchRecordCount,
  type FetchRequest,
  type FetchResponseInput,
  nextBatch,
} from '@streambus/kafka';
import { type FetchReader, type Partition, PartitionError, type PartitionFetchAnswer } from '@streambus/replication';
import { assert } from '@streambus/runtime';
import type { Handler, RequestContext } from '../server/handler.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { type Watched, waitForRecords } from './fetch-wait.ts';
import { lookupError } from './lookup-error.ts';
import type { BrokerServices } from './services.ts';
import { noTopicId } from './topic-id.ts';
import { createTurns } from './turns.ts';

type TopicInput = FetchResponseInput['responses'][number];
type PartitionInput = TopicInput['partitions'][number];
type PartitionRequest = FetchRequest['topics'][number]['partitions'][number];

/** One partition that was asked for. */
interface Wanted {
  /** Undefined when the topic's id is unknown. */
  readonly topic: string | undefined;
  readonly request: PartitionRequest;
}

/** Who asks, and in which version. */
interface Asker {
  readonly apiVersion: number;
  readonly reader: FetchReader;
}

/** What one pass over all wanted partitions gave. */
interface Pass {
  readonly partitions: readonly PartitionInput[];
  /** Those that can be read and may get more. */
  readonly readable: readonly Watched[];
  readonly sizeBytes: number;
  readonly hasError: boolean;
}

/**
 * Reads record batches. When there is less than the client wants, it waits on the partitions until there is, or until its
 * time is over.
 *
 * Answers with session 0, which tells every client that each fetch names all of its partitions (KIP-227).
 */
export function fetchHandler(services: BrokerServices): Handler<typeof apis.fetch> {
  return {
    api: apis.fetch,
    handle(request, context) {
      // 0 asks for a session, -1 for none; every other epoch goes on with one, and there is none.
      if (request.sessionEpoch !== 0 && request.sessionEpoch !== -1) {
        return { errorCode: errorCode('FETCH_SESSION_ID_NOT_FOUND'), responses: [] };
      }
      return fetch(services, request, context, consumer(request, context.apiVersion));
    },
  };
}

function consumer({ rackId }: FetchRequest, apiVersion: number): Asker {
  return { apiVersion, reader: { kind: 'consumer', readsFromFollowers: rackId !== '' } };
}

async function fetch(
  services: BrokerServices,
  request: FetchRequest,
  context: RequestContext,
  asker: Asker,
): Promise<FetchResponseInput> {
  const deadlineMs = services.clock.monotonicMs() + Math.max(0, request.maxWaitMs);
  let hurry: AbortSignal | undefined;
  for (;;) {
    // Looked up anew each time: a topic that is deleted takes its id with it, and its name may be another's by then.
    const wanted = wantedPartitions(services, request, context.apiVersion);
    const pass = await readWithin(services, request, wanted, context, asker);
    const remainingMs = deadlineMs - services.clock.monotonicMs();
    const enough = pass.hasError || wanted.length === 0 || pass.sizeBytes >= request.minBytes || remainingMs <= 0;
    if (enough || hurry?.aborted || services.stopping.aborted || context.signal.aborted) {
      countFetched(services, wanted, pass);
      return { responses: respond(request, pass.partitions) };
    }
    hurry ??= hurrySignal(context);
    await waitForRecords(pass.readable, services.clock, remainingMs, [hurry, context.signal, services.stopping]);
  }
}

function hurrySignal(context: RequestContext): AbortSignal {
  const controller = new AbortController();
  context.onHurry(() => controller.abort());
  return controller.signal;
}

function wantedPartitions(services: BrokerServices, request: FetchRequest, apiVersion: number): Wanted[] {
  const { topicNamesById } = services.store.state;
  return request.topics.flatMap(({ topic, topicId, partitions }) => {
    const name = apiVersion >= 13 ? topicNamesById.get(topicId) : topic;
    return partitions.map((partition) => ({ topic: name, request: partition }));
  });
}

/** One pass, with no more bytes than there is memory for; the first batch is always whole. */
async function readWithin(
  services: BrokerServices,
  request: FetchRequest,
  wanted: readonly Wanted[],
  { answerMemory }: RequestContext,
  asker: Asker,
): Promise<Pass> {
  const maxBytes = answerMemory.reserve(Math.min(request.maxBytes, services.config.fetchMaxBytes));
  try {
    return await readAll(services, wanted, maxBytes, asker);
  } finally {
    answerMemory.release(maxBytes);
  }
}

async function readAll(
  services: BrokerServices,
  wanted: readonly Wanted[],
  maxBytes: number,
  asker: Asker,
): Promise<Pass> {
  const partitions: PartitionInput[] = [];
  const readable: Watched[] = [];
  const turns = createTurns(services.clock);
  let remainingBytes = maxBytes;
  let sizeBytes = 0;
  let hasError = false;
  for (const one of wanted) {
    if (turns.isOver()) await turns.next();
    const found = find(services, one);
    if (typeof found === 'string') {
      partitions.push(failed(one.request.partition, found));
      hasError = true;
      continue;
    }
    const seenHighWatermark = found.highWatermark;
    const result = await readOne(found, one.request, asker, remainingBytes, sizeBytes === 0);
    if (typeof result === 'string') {
      partitions.push(failed(one.request.partition, result, found));
      hasError = true;
      continue;
    }
    partitions.push(described(one.request.partition, result));
    if (result.kind === 'diverging') {
      hasError = true;
      continue;
    }
    readable.push({ partition: found, seenHighWatermark });
    sizeBytes += result.sizeBytes;
    remainingBytes -= result.sizeBytes;
  }
  return { partitions, readable, sizeBytes, hasError };
}

function find(services: BrokerServices, { topic, request }: Wanted): Partition | ErrorName {
  if (topic === undefined) return 'UNKNOWN_TOPIC_ID';
  const lookup = services.partitions.lookup(topic, request.partition);
  if (lookup.kind === 'leading' || lookup.kind === 'following') return lookup.partition;
  return lookupError(services, lookup, topic, request.partition);
}

type Found = Exclude<PartitionFetchAnswer, { kind: 'refused' }>;

async function readOne(
  partition: Partition,
  request: PartitionRequest,
  { apiVersion, reader }: Asker,
  remainingBytes: number,
  isFirst: boolean,
): Promise<Found | ErrorName> {
  const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch } = request;
  const maxBytes = Math.min(request.partitionMaxBytes, Math.max(0, remainingBytes));
  try {
    const fetched = partition.fetch({
      reader,
      currentLeaderEpoch,
      fetchOffset,
      lastFetchedEpoch,
      maxBytes: Math.max(maxBytes, 0),
      minOneBatch: isFirst,
    });
    const answer = fetched instanceof Promise ? await fetched : fetched;
    if (answer.kind === 'refused') return answer.error;
    return mayCarry(apiVersion, answer) ? answer : 'UNSUPPORTED_COMPRESSION_TYPE';
  } catch (thrown) {
    if (!(thrown instanceof PartitionError)) throw thrown;
    return readErrorName(thrown);
  }
}

/** Whether a client of this version can read what was found: zstd came with version 10 (KIP-110). */
function mayCarry(apiVersion: number, found: Found): boolean {
  if (apiVersion >= 10 || found.kind !== 'records') return true;
  for (const chunk of found.chunks) {
    for (let at = 0; at < chunk.length; at = nextBatch(chunk, at)) {
      if (batchCompression(chunk, at) === 'zstd') return false;
    }
  }
  return true;
}

/** Kafka's name for what a partition refused. */
export function readErrorName(error: PartitionError): ErrorName {
  switch (error.code) {
    case 'PARTITION_OFFSET_OUT_OF_RANGE':
      return 'OFFSET_OUT_OF_RANGE';
    case 'PARTITION_NOT_LEADER':
    case 'PARTITION_CLOSED':
      return 'NOT_LEADER_OR_FOLLOWER';
    case 'PARTITION_NOT_ENOUGH_REPLICAS':
      return 'NOT_ENOUGH_REPLICAS_AFTER_APPEND';
    case 'PARTITION_TIMED_OUT':
      return 'REQUEST_TIMED_OUT';
    case 'PARTITION_DAMAGED':
    case 'PARTITION_STORAGE_FAILED':
      return 'KAFKA_STORAGE_ERROR';
  }
}

function described(partitionIndex: number, found: Found): PartitionInput {
  const { highWatermark, logStartOffset } = found;
  const ends = { highWatermark, lastStableOffset: highWatermark, logStartOffset };
  const answer = { partitionIndex, errorCode: errorCode('NONE'), ...ends, abortedTransactions: null };
  if (found.kind === 'records') return { ...answer, records: found.chunks };
  const { epoch, endOffset } = found;
  return { ...answer, records: [], divergingEpoch: { epoch, endOffset } };
}

function failed(partitionIndex: number, error: ErrorName, partition?: Partition): PartitionInput {
  return {
    partitionIndex,
    errorCode: errorCode(error),
    highWatermark: partition?.highWatermark ?? -1,
    logStartOffset: partition?.logStartOffset ?? -1,
    abortedTransactions: null,
    records: [],
  };
}

/** Puts the partitions, which are in the request's order, back under their topics. */
function respond(request: FetchRequest, partitions: readonly PartitionInput[]): TopicInput[] {
  let next = 0;
  const responses = request.topics.map(({ topic, topicId, partitions: asked }) => {
    const own = partitions.slice(next, next + asked.length);
    next += asked.length;
    return { topic, topicId: topicId || noTopicId, partitions: own };
  });
  assert(next === partitions.length, 'every partition that was asked for is answered');
  return responses;
}

function countFetched(services: BrokerServices, wanted: readonly Wanted[], pass: Pass): void {
  for (const [index, { topic }] of wanted.entries()) {
    const records = pass.partitions[index]?.records;
    if (topic === undefined || records === undefined || records === null || records instanceof Uint8Array) continue;
    const meter = services.meters.of(topic);
    for (const chunk of records) {
      meter.fetchedBytes.add(chunk.length);
      for (let at = 0; at < chunk.length; at += batchBytes(chunk, at)) {
        meter.fetchedRecords.add(batchRecordCount(chunk, at));
      }
    }
  }
}
