import { apis, type ListOffsetsRequest, type ListOffsetsResponseInput } from '@streambus/kafka';
import { type Partition, PartitionError, type TimestampedOffset } from '@streambus/replication';
import type { Handler } from '../server/handler.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { readErrorName } from './fetch.ts';
import { leaderEpochError, lookupError } from './lookup-error.ts';
import type { BrokerServices } from './services.ts';
import { mapLimited } from './turns.ts';

type PartitionInput = ListOffsetsResponseInput['topics'][number]['partitions'][number];
type PartitionRequest = ListOffsetsRequest['topics'][number]['partitions'][number];

/** What the protocol asks for by negative timestamps. */
const special = { latest: -1, earliest: -2, maxTimestamp: -3, earliestLocal: -4, latestTiered: -5 } as const;

/** From which version on those that came later may be asked for (KIP-734, KIP-405, KIP-1005). */
const specialSince: ReadonlyMap<number, number> = new Map([
  [special.maxTimestamp, 7],
  [special.earliestLocal, 8],
  [special.latestTiered, 9],
]);

/** Partitions of one topic that are looked through at the same time. */
const maxConcurrentLookups = 64;

/** Finds offsets by timestamp, and the ends of partitions. */
export function listOffsetsHandler(services: BrokerServices): Handler<typeof apis.listOffsets> {
  return {
    api: apis.listOffsets,
    async handle(request, { apiVersion }) {
      const topics = await Promise.all(
        request.topics.map(async ({ name, partitions }) => ({
          name,
          partitions: await mapLimited(services.clock, partitions, maxConcurrentLookups, (partition) =>
            listOffset(services, name, partition, apiVersion),
          ),
        })),
      );
      return { topics };
    },
  };
}

async function listOffset(
  services: BrokerServices,
  topic: string,
  request: PartitionRequest,
  apiVersion: number,
): Promise<PartitionInput> {
  const { partitionIndex } = request;
  const lookup = services.partitions.lookup(topic, partitionIndex);
  if (lookup.kind !== 'leading') return failed(partitionIndex, lookupError(services, lookup, topic, partitionIndex));
  const { partition } = lookup;
  const epochError = leaderEpochError(request.currentLeaderEpoch, partition.leaderEpoch);
  if (epochError !== 'NONE') return failed(partitionIndex, epochError);
  try {
    if (apiVersion < (specialSince.get(request.timestamp) ?? 0)) return failed(partitionIndex, 'UNSUPPORTED_VERSION');
    const found = await find(partition, request.timestamp);
    if (found === 'unsupported') return failed(partitionIndex, 'UNSUPPORTED_VERSION');
    if (found === 'unavailable')
      return failed(partitionIndex, apiVersion < 5 ? 'LEADER_NOT_AVAILABLE' : 'OFFSET_NOT_AVAILABLE');
    return apiVersion === 0 ? oldStyle(partitionIndex, found) : newStyle(partitionIndex, found);
  } catch (thrown) {
    if (!(thrown instanceof PartitionError)) throw thrown;
    return failed(partitionIndex, readErrorName(thrown));
  }
}

async function find(
  partition: Partition,
  timestamp: number,
): Promise<TimestampedOffset | undefined | 'unsupported' | 'unavailable'> {
  switch (timestamp) {
    case special.latest: {
      const offset = partition.latestOffset;
      // It must not go back for whoever has asked the leader before (KIP-207).
      return offset === undefined ? 'unavailable' : { offset, timestampMs: -1, leaderEpoch: partition.leaderEpoch };
    }
    case special.earliest:
    case special.earliestLocal: {
      const offset = partition.logStartOffset;
      return { offset, timestampMs: -1, leaderEpoch: partition.epochOf(offset) };
    }
    case special.maxTimestamp:
      return partition.latestTimestamp();
    case special.latestTiered:
      // Nothing is tiered.
      return undefined;
    default:
      return timestamp < 0 ? 'unsupported' : partition.offsetForTimestamp(timestamp);
  }
}

function newStyle(partitionIndex: number, found: TimestampedOffset | undefined): PartitionInput {
  return {
    partitionIndex,
    errorCode: errorCode('NONE'),
    timestamp: found?.timestampMs ?? -1,
    offset: found?.offset ?? -1,
    leaderEpoch: found?.leaderEpoch ?? -1,
  };
}

function oldStyle(partitionIndex: number, found: TimestampedOffset | undefined): PartitionInput {
  return { partitionIndex, errorCode: errorCode('NONE'), oldStyleOffsets: found === undefined ? [] : [found.offset] };
}

function failed(partitionIndex: number, error: ErrorName): PartitionInput {
  return { partitionIndex, errorCode: errorCode(error), oldStyleOffsets: [] };
}
