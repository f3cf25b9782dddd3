import {
  apis,
  batchCompression,
  batchHeaderBytes,
  type ProduceRequest,
  type ProduceResponseInput,
} from '@streambus/kafka';
import { type AppendResult, type Partition, PartitionError } from '@streambus/replication';
import { isInternalTopic } from '../broker/internal-topics.ts';
import type { Handler } from '../server/handler.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { readErrorName } from './fetch.ts';
import { lookupError } from './lookup-error.ts';
import type { BrokerServices } from './services.ts';

type PartitionInput = ProduceResponseInput['responses'][number]['partitionResponses'][number];

/** A partition's part of the answer, and what has to be safe before it may be said. */
interface Appended {
  answer: PartitionInput;
  readonly whenSafe?: Promise<void>;
}

interface AppendedTopic {
  readonly name: string;
  readonly partitions: readonly Appended[];
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
    handle(request, { apiVersion }) {
      if (request.acks < -1 || request.acks > 1) return refuseAll(request, 'INVALID_REQUIRED_ACKS');
      if (request.transactionalId !== null) {
        return request.acks === 0 ? undefined : refuseAll(request, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
      }
      const appended = request.topicData.map(({ name, partitionData }) => ({
        name,
        partitions: partitionData.map(({ index, records }) =>
          mayCarry(apiVersion, records)
            ? append(services, request, name, index, records)
            : failed(index, 'UNSUPPORTED_COMPRESSION_TYPE', 'zstd needs version 7 of Produce'),
        ),
      }));
      return request.acks === 0 ? undefined : acknowledge(services, appended, request.timeoutMs);
    },
  };
}

/** Whether a version of Produce may carry the batch's compression: readers of old versions do not know zstd (KIP-110). */
function mayCarry(apiVersion: number, records: Uint8Array | null): boolean {
  if (apiVersion >= 7 || records === null || records.length < batchHeaderBytes) return true;
  return batchCompression(records) !== 'zstd';
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
  const result = partition.append(records, { acks: acks === -1 ? 'all' : 'leader' });
  if (result.kind === 'refused') return failed(index, result.code, result.message);
  if (result.kind === 'appended') {
    const meter = services.meters.of(topic);
    meter.producedRecords.add(result.recordCount);
    meter.producedBytes.add(records.length);
  }
  const answer = stored(index, partition, result);
  if (acks === 0) return { answer };
  const { endOffset } = result;
  return { answer, whenSafe: acks === 1 ? partition.whenStored(endOffset) : partition.whenAcknowledged(endOffset) };
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
function acknowledge(
  { clock }: BrokerServices,
  topics: readonly AppendedTopic[],
  timeoutMs: number,
): ProduceResponseInput | Promise<ProduceResponseInput> {
  const waiting = new Set<Appended>();
  for (const { partitions } of topics) for (const one of partitions) if (one.whenSafe !== undefined) waiting.add(one);
  if (waiting.size === 0) return respond(topics);
  const { promise, resolve, reject } = Promise.withResolvers<ProduceResponseInput>();
  const timer = clock.setTimer(Math.max(timeoutMs, 0), () => {
    for (const one of waiting) fail(one, 'REQUEST_TIMED_OUT', 'the records are not safe yet; they may become so');
    resolve(respond(topics));
  });
  const settle = (one: Appended): void => {
    waiting.delete(one);
    if (waiting.size > 0) return;
    timer.cancel();
    resolve(respond(topics));
  };
  for (const one of waiting) {
    one.whenSafe?.then(
      () => settle(one),
      (thrown: unknown) => {
        if (!(thrown instanceof PartitionError)) reject(thrown);
        else if (waiting.has(one)) fail(one, readErrorName(thrown), thrown.message);
        settle(one);
      },
    );
  }
  return promise;
}

function fail(one: Appended, error: ErrorName, message: string): void {
  one.answer = failed(one.answer.index, error, message).answer;
}

function respond(topics: readonly AppendedTopic[]): ProduceResponseInput {
  return {
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitionResponses: partitions.map(({ answer }) => answer),
    })),
  };
}

function refuseAll(request: ProduceRequest, error: ErrorName): ProduceResponseInput {
  return {
    responses: request.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index }) => failed(index, error, null).answer),
    })),
  };
}
