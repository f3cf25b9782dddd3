import type * as coordinator from '@streambus/coordinator';
import { apis, type OffsetFetchRequest, type OffsetFetchResponseInput } from '@streambus/kafka';
import type { Handler } from '../server/handler.ts';
import { errorCode } from './error-code.ts';
import type { BrokerServices } from './services.ts';

/** Commits the offsets of a group. */
export function offsetCommitHandler(services: BrokerServices): Handler<typeof apis.offsetCommit> {
  return {
    api: apis.offsetCommit,
    async handle(request, context) {
      const { topics } = services.store.state;
      const exists = (name: string, index: number): boolean => topics.get(name)?.partitions[index] !== undefined;
      const known = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions
          .filter(({ partitionIndex }) => exists(name, partitionIndex))
          .map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => ({
            partitionIndex,
            offset: committedOffset,
            leaderEpoch: committedLeaderEpoch,
            metadata: committedMetadata,
          })),
      }));
      const committed = await services.coordinator.commitOffsets(
        {
          groupId: request.groupId,
          generationId: request.generationIdOrMemberEpoch,
          memberId: request.memberId,
          groupInstanceId: request.groupInstanceId,
          retentionTimeMs: request.retentionTimeMs,
          topics: known,
        },
        { signal: context.signal },
      );
      return {
        topics: request.topics.map(({ name, partitions }, topicIndex) => {
          const outcomes = new Map(
            committed.topics[topicIndex]?.partitions.map(({ partitionIndex, error }) => [partitionIndex, error]),
          );
          return {
            name,
            partitions: partitions.map(({ partitionIndex }) => ({
              partitionIndex,
              errorCode: errorCode(outcomes.get(partitionIndex) ?? 'UNKNOWN_TOPIC_OR_PARTITION'),
            })),
          };
        }),
      };
    },
  };
}

/** Fetches the committed offsets of one group, or from version 8 of several. */
export function offsetFetchHandler(services: BrokerServices): Handler<typeof apis.offsetFetch> {
  return {
    api: apis.offsetFetch,
    handle(request, { apiVersion }) {
      if (apiVersion >= 8) {
        return { groups: request.groups.map((group) => fetchGroup(services, group, request.requireStable)) };
      }
      const { topics, errorCode: error = 0 } = fetchGroup(services, request, request.requireStable);
      // Versions 0 and 1 have no error of their own: each partition carries the group's.
      return apiVersion >= 2 || error === 0 ? { topics, errorCode: error } : { topics: failedTopics(request, error) };
    },
  };
}

type GroupInput = NonNullable<OffsetFetchResponseInput['groups']>[number];
type TopicsRequest = coordinator.OffsetFetchRequest['topics'];

function fetchGroup(
  { coordinator: groups }: BrokerServices,
  { groupId, topics }: { readonly groupId: string; readonly topics: TopicsRequest },
  requireStable: boolean,
): GroupInput {
  const fetched = groups.fetchOffsets({ groupId, topics, requireStable });
  return {
    groupId,
    errorCode: errorCode(fetched.error),
    topics: fetched.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset, leaderEpoch, metadata, error }) => ({
        partitionIndex,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        metadata,
        errorCode: errorCode(error),
      })),
    })),
  };
}

function failedTopics(request: OffsetFetchRequest, error: number): NonNullable<OffsetFetchResponseInput['topics']> {
  return (request.topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      metadata: '',
      errorCode: error,
    })),
  }));
}

/** Forgets committed offsets (KIP-496). */
export function offsetDeleteHandler({ coordinator: groups }: BrokerServices): Handler<typeof apis.offsetDelete> {
  return {
    api: apis.offsetDelete,
    async handle(request, context) {
      const topics = request.topics.map(({ name, partitions }) => ({
        name,
        partitionIndexes: partitions.map(({ partitionIndex }) => partitionIndex),
      }));
      const deleted = await groups.deleteOffsets({ groupId: request.groupId, topics }, { signal: context.signal });
      return {
        errorCode: errorCode(deleted.error),
        throttleTimeMs: 0,
        topics: deleted.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, error }) => ({ partitionIndex, errorCode: errorCode(error) })),
        })),
      };
    },
  };
}
