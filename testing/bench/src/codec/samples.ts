import type {
  ItemOf,
  JoinGroupRequestInput,
  JoinGroupResponseInput,
  MetadataResponseInput,
  OffsetCommitRequestInput,
  OffsetCommitResponseInput,
  RecordInput,
} from '@streambus/kafka';
import { encodeRecordBatch, type FetchResponseInput } from '@streambus/kafka';

/** The messages that are timed, the same for everybody. */
export const timestamp = 1_767_225_600_000;

function listOf<T>(length: number, item: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => item(index));
}

export const metadataResponse: MetadataResponseInput = {
  throttleTimeMs: 0,
  clusterId: 'streambus-bench-cluster',
  controllerId: 1,
  brokers: listOf(3, (index) => ({ nodeId: index, host: `broker-${index}.example.com`, port: 9092, rack: 'rack-a' })),
  topics: listOf(100, (topic) => ({
    errorCode: 0,
    name: `orders.created.v${topic}`,
    topicId: `6ba7b810-9dad-41d1-80b4-00c04fd4${(1000 + topic).toString()}`,
    isInternal: false,
    partitions: listOf(6, (partition) => ({
      errorCode: 0,
      partitionIndex: partition,
      leaderId: partition % 3,
      leaderEpoch: 5,
      replicaNodes: [0, 1, 2],
      isrNodes: [0, 1, 2],
      offlineReplicas: [],
    })),
  })),
};

export type MetadataTopic = ItemOf<MetadataResponseInput['topics']>;

const value = Buffer.alloc(100, 'x');

/** 100 records of 100 bytes with a key of 10. */
export const records: readonly RecordInput[] = listOf(100, (index) => ({
  key: Buffer.from(`key-${(index + 100_000).toString()}`),
  value,
  timestamp: timestamp + index,
}));

export const batch: Uint8Array = encodeRecordBatch(records);

export const joinGroupRequest: JoinGroupRequestInput = {
  groupId: 'billing-service',
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 60_000,
  memberId: 'consumer-billing-1-6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  groupInstanceId: null,
  protocolType: 'consumer',
  protocols: [
    { name: 'range', metadata: Buffer.alloc(60, 1) },
    { name: 'cooperative-sticky', metadata: Buffer.alloc(80, 2) },
  ],
};

export const joinGroupResponse: JoinGroupResponseInput = {
  errorCode: 0,
  generationId: 12,
  protocolType: 'consumer',
  protocolName: 'cooperative-sticky',
  leader: joinGroupRequest.memberId,
  memberId: joinGroupRequest.memberId,
  members: listOf(5, (index) => ({
    memberId: `consumer-billing-${index}-6ba7b810-9dad-41d1-80b4-00c04fd430c8`,
    groupInstanceId: null,
    metadata: Buffer.alloc(80, 3),
  })),
};

const committedPartitions = listOf(10, (index) => index);

export const offsetCommitRequest: OffsetCommitRequestInput = {
  groupId: 'billing-service',
  generationIdOrMemberEpoch: 12,
  memberId: joinGroupRequest.memberId,
  topics: [
    {
      name: 'orders.created',
      partitions: committedPartitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 123_456_789 + partitionIndex,
        committedLeaderEpoch: 5,
        committedMetadata: '',
      })),
    },
  ],
};

export const offsetCommitResponse: OffsetCommitResponseInput = {
  topics: [
    {
      name: 'orders.created',
      partitions: committedPartitions.map((partitionIndex) => ({ partitionIndex, errorCode: 0 })),
    },
  ],
};

/** Two partitions of one batch each. */
export const fetchResponse: FetchResponseInput = {
  errorCode: 0,
  responses: [
    {
      topic: 'orders.created',
      topicId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
      partitions: [0, 1].map((partitionIndex) => ({
        partitionIndex,
        errorCode: 0,
        highWatermark: 1_000_000,
        lastStableOffset: 1_000_000,
        logStartOffset: 0,
        abortedTransactions: [],
        records: batch,
      })),
    },
  ],
};
