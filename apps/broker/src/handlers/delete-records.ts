import { apis, type DeleteRecordsResponseInput } from '@streambus/kafka';
import { PartitionError } from '@streambus/replication';
import { isInternalTopic } from '../broker/internal-topics.ts';
import type { Handler } from '../server/handler.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { readErrorName } from './fetch.ts';
import { lookupError } from './lookup-error.ts';
import type { BrokerServices } from './services.ts';

type PartitionInput = DeleteRecordsResponseInput['topics'][number]['partitions'][number];

/** What the protocol writes for "up to the high watermark". */
const toHighWatermark = -1;

/** Moves the start of partitions forward (KIP-107). */
export function deleteRecordsHandler(services: BrokerServices): Handler<typeof apis.deleteRecords> {
  return {
    api: apis.deleteRecords,
    async handle(request) {
      const topics = request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(({ partitionIndex, offset }) => deleteBefore(services, name, partitionIndex, offset)),
        ),
      }));
      return { throttleTimeMs: 0, topics: await Promise.all(topics) };
    },
  };
}

async function deleteBefore(
  services: BrokerServices,
  topic: string,
  partitionIndex: number,
  offset: number,
): Promise<PartitionInput> {
  const failed = (error: ErrorName): PartitionInput => ({
    partitionIndex,
    lowWatermark: -1,
    errorCode: errorCode(error),
  });
  if (isInternalTopic(topic)) return failed('TOPIC_AUTHORIZATION_FAILED');
  const lookup = services.partitions.lookup(topic, partitionIndex);
  if (lookup.kind !== 'leading') return failed(lookupError(services, lookup, topic, partitionIndex));
  const { partition } = lookup;
  // What is only compacted is kept for ever: its last value of each key must not be cut away.
  if (!partition.settings.deleted) return failed('POLICY_VIOLATION');
  if (offset < toHighWatermark) return failed('OFFSET_OUT_OF_RANGE');
  try {
    const lowWatermark = await partition.deleteRecordsBefore(
      offset === toHighWatermark ? partition.highWatermark : offset,
    );
    return { partitionIndex, lowWatermark, errorCode: errorCode('NONE') };
  } catch (thrown) {
    if (!(thrown instanceof PartitionError)) throw thrown;
    return failed(readErrorName(thrown));
  }
}
