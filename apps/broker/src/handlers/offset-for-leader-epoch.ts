import { apis, type OffsetForLeaderEpochRequest, type OffsetForLeaderEpochResponseInput } from '@streambus/kafka';
import type { Handler } from '../server/handler.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { leaderEpochError, lookupError } from './lookup-error.ts';
import type { BrokerServices } from './services.ts';

type PartitionInput = OffsetForLeaderEpochResponseInput['topics'][number]['partitions'][number];
type PartitionRequest = OffsetForLeaderEpochRequest['topics'][number]['partitions'][number];

/** Tells where a leader epoch ends, by which a consumer finds out whether the log was cut behind its back (KIP-320). */
export function offsetForLeaderEpochHandler(services: BrokerServices): Handler<typeof apis.offsetForLeaderEpoch> {
  return {
    api: apis.offsetForLeaderEpoch,
    handle: (request) => ({
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((partition) => endOffset(services, topic, partition)),
      })),
    }),
  };
}

function endOffset(services: BrokerServices, topic: string, request: PartitionRequest): PartitionInput {
  const { partition } = request;
  const lookup = services.partitions.lookup(topic, partition);
  if (lookup.kind !== 'leading') return answer(partition, lookupError(services, lookup, topic, partition));
  const epochError = leaderEpochError(request.currentLeaderEpoch, lookup.partition.leaderEpoch);
  if (epochError !== 'NONE') return answer(partition, epochError);
  const end = lookup.partition.epochEndOffset(request.leaderEpoch);
  return { ...answer(partition, 'NONE'), leaderEpoch: end?.epoch ?? -1, endOffset: end?.endOffset ?? -1 };
}

function answer(partition: number, error: ErrorName): PartitionInput {
  return { partition, errorCode: errorCode(error) };
}
