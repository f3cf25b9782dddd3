import {
  crc32c,
  createRecordsBatch,
  fetchV17,
  joinGroupV9,
  metadataV12,
  offsetCommitV9,
  produceV11,
  Reader,
  readRecordsBatch,
  Writer,
} from '@platformatic/kafka';
import type { Work } from './measure.ts';
import * as samples from './samples.ts';

/** What @platformatic/kafka does for each case, at the highest version that it speaks. */

/** It has no encoder of responses, as a client needs none: this is one made of its writer, in the manner of its requests. */
export function encodeMetadataResponse(): Uint8Array {
  const { brokers, topics } = samples.metadataResponse;
  return Writer.create()
    .appendInt32(0)
    .appendArray([...brokers], (w, broker) => {
      w.appendInt32(broker.nodeId).appendString(broker.host).appendInt32(broker.port).appendString(broker.rack);
    })
    .appendString(samples.metadataResponse.clusterId)
    .appendInt32(samples.metadataResponse.controllerId ?? -1)
    .appendArray([...topics], appendTopic)
    .appendTaggedFields().buffer;
}

function appendTopic(writer: Writer, topic: samples.MetadataTopic): void {
  writer
    .appendInt16(topic.errorCode)
    .appendString(topic.name)
    .appendUUID(topic.topicId)
    .appendBoolean(topic.isInternal ?? false)
    .appendArray([...topic.partitions], (w, partition) => {
      w.appendInt16(partition.errorCode)
        .appendInt32(partition.partitionIndex)
        .appendInt32(partition.leaderId)
        .appendInt32(partition.leaderEpoch ?? -1)
        .appendArray([...partition.replicaNodes], (inner, node) => inner.appendInt32(node), true, false)
        .appendArray([...partition.isrNodes], (inner, node) => inner.appendInt32(node), true, false)
        .appendArray([...(partition.offlineReplicas ?? [])], (inner, node) => inner.appendInt32(node), true, false);
    })
    .appendInt32(-2_147_483_648);
}

/** Reads a response body by one of its parsers. */
export function parse(api: { parseResponse: unknown }, key: number, version: number, body: Uint8Array): Work {
  const { parseResponse } = api;
  const bytes = Buffer.from(body);
  if (typeof parseResponse !== 'function')
    throw new Error('@platformatic/kafka has changed: there is no parseResponse');
  return () => parseResponse(1, key, version, Reader.from(bytes));
}

const messages = samples.records.map((record) => ({
  topic: 'orders.created',
  partition: 0,
  key: record.key,
  value: record.value,
  timestamp: BigInt(record.timestamp ?? 0),
}));

/** Creates a request by one of its functions, and joins its bytes, as its connection does before it writes. */
export function create(api: { createRequest: unknown }, ...values: unknown[]): Work {
  const { createRequest } = api;
  if (typeof createRequest !== 'function')
    throw new Error('@platformatic/kafka has changed: there is no createRequest');
  return () => createRequest(...values).buffer;
}

export const apis = { fetchV17, joinGroupV9, metadataV12, offsetCommitV9, produceV11 };
export const produceRequest: Work = create(produceV11, -1, 30_000, messages);
export const encodeBatch: Work = () => createRecordsBatch(messages as Parameters<typeof createRecordsBatch>[0]).buffer;
export const decodeBatch: Work = () => readRecordsBatch(Reader.from(Buffer.from(samples.batch)));
export const checksum: (bytes: Buffer) => number = crc32c;

const join = samples.joinGroupRequest;
export const joinGroupRequest: Work = create(
  joinGroupV9,
  join.groupId,
  join.sessionTimeoutMs,
  join.rebalanceTimeoutMs,
  join.memberId,
  null,
  join.protocolType,
  join.protocols,
  null,
);

const commit = samples.offsetCommitRequest;
const topics = commit.topics.map((topic) => ({
  name: topic.name,
  partitions: topic.partitions.map((partition) => ({
    ...partition,
    committedOffset: BigInt(partition.committedOffset),
  })),
}));
export const offsetCommitRequest: Work = create(offsetCommitV9, commit.groupId, 12, commit.memberId, null, topics);
