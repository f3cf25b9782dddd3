import { apis, type ProduceRequest, type ProduceResponseInput } from '@streambus/kafka';
import { type AppendResult, type Partition, PartitionError } from '@streambus/replication';
import { defer } from '@streambus/runtime';
import { isInternalTopic } from '../broker/internal-topics.ts';
import type { Handler } from '../server/handler.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { lookupError } from './lookup-error.ts';
import type { BrokerServices } from './services.ts';

type TopicInput = ProduceResponseInput['responses'][number];
type PartitionInput = TopicInput['partitionResponses'][number];

/** A partition's part of the answer, and what has to be safe before it may be said. */
interface Appended {
  readonly answer: PartitionInput;
  readonly partition?: Partition;
  readonly endOffset?: number;
}

/**
 * Appends record batches. Appending takes effect in the order of the calls; the answers wait for the disk, together.
 *
 * With acks=0 there is no answer; a client that sent something wrong then learns it from its next metadata.
 */
export function produceHandler(services: BrokerServices): Handler<typeof apis.produce> {
  return {
    api: apis.produce,
    pipelined: true,
    handle(request) {
      if (request.acks < -1 || request.acks > 1) return refuseAll(request, 'INVALID_REQUIRED_ACKS');
      if (request.transactionalId !== null) return refuseAll(request, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
      const appended = request.topicData.map(({ name, partitionData }) => ({
        name,
        partitions: partitionData.map(({ index, records }) => append(services, request, name, index, records)),
      }));
      return request.acks === 0 ? undefined : acknowledge(services, appended, request.timeoutMs);
    },
  };
}

function append(
  services: BrokerServices,
  { acks }: ProduceRequest,
  topic: string,
  index: number,
  records: Uint8Array | null,
): Appended {
  if (isInternalTopic(topic)) return failed(index, 'INVALID_TOPIC_EXCEPTION', `${topic} is the broker's own`);
  const lookup = services.partitions.lookup(topic, index);
  if (lookup.kind !== 'leading') return failed(index, lookupError(services, lookup, topic, index), null);
  if (records === null || records.length === 0) return failed(index, 'INVALID_RECORD', 'there are no records');
  const { partition } = lookup;
  if (acks === -1 && inSyncCount(services, topic, index) < partition.settings.minInsyncReplicas) {
    return failed(index, 'NOT_ENOUGH_REPLICAS', `min.insync.replicas is ${partition.settings.minInsyncReplicas}`);
  }
  const result = partition.append(records);
  if (result.kind === 'refused') return failed(index, result.code, result.message);
  if (result.kind === 'appended') {
    const meter = services.meters.of(topic);
    meter.producedRecords.add(result.recordCount);
    meter.producedBytes.add(records.length);
  }
  return { answer: stored(index, partition, result), partition, endOffset: result.endOffset };
}

function stored(
  index: number,
  partition: Partition,
  result: Exclude<AppendResult, { kind: 'refused' }>,
): PartitionInput {
  return {
    index,
    errorCode: errorCode('NONE'),
    baseOffset: result.firstOffset,
    logAppendTimeMs: result.logAppendTimeMs,
    logStartOffset: partition.logStartOffset,
  };
}

function failed(index: number, error: ErrorName, errorMessage: string | null): Appended {
  return { answer: { index, errorCode: errorCode(error), baseOffset: -1, errorMessage } };
}

function inSyncCount({ store }: BrokerServices, topic: string, index: number): number {
  return store.state.topics.get(topic)?.partitions[index]?.isr.length ?? 0;
}

/** Waits until everything is safe; what is not safe in the client's time is answered so, and may be stored all the same. */
async function acknowledge(
  { clock }: BrokerServices,
  topics: readonly { readonly name: string; readonly partitions: readonly Appended[] }[],
  timeoutMs: number,
): Promise<ProduceResponseInput> {
  const late = defer<'late'>();
  const timer = clock.setTimer(Math.max(timeoutMs, 0), () => late.resolve('late'));
  try {
    const responses: TopicInput[] = [];
    for (const { name, partitions } of topics) {
      const partitionResponses: PartitionInput[] = [];
      for (const appended of partitions) partitionResponses.push(await acknowledged(appended, late.promise));
      responses.push({ name, partitionResponses });
    }
    return { responses };
  } finally {
    timer.cancel();
  }
}

async function acknowledged(
  { answer, partition, endOffset }: Appended,
  late: Promise<'late'>,
): Promise<PartitionInput> {
  if (partition === undefined || endOffset === undefined) return answer;
  try {
    const outcome = await Promise.race([partition.whenAcknowledged(endOffset), late]);
    if (outcome === undefined) return answer;
    return failed(answer.index, 'REQUEST_TIMED_OUT', 'the records are not safe yet; they may become so').answer;
  } catch (thrown) {
    if (!(thrown instanceof PartitionError)) throw thrown;
    return failed(answer.index, 'KAFKA_STORAGE_ERROR', thrown.message).answer;
  }
}

function refuseAll(request: ProduceRequest, error: ErrorName): ProduceResponseInput {
  return {
    responses: request.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index }) => failed(index, error, null).answer),
    })),
  };
}
