import { createRequire } from 'node:module';
import type { Work } from './measure.ts';
import * as samples from './samples.ts';

/** What kafkajs does for each case, at the highest version that it speaks, by its own inner modules, which have no types. */

const load = createRequire(import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: the modules are plain JavaScript without declarations
function inner(path: string): any {
  return load(`kafkajs/src/protocol/${path}`);
}

const Encoder = inner('encoder');
const Decoder = inner('decoder');
const Record = inner('recordBatch/record/v0');
const { RecordBatch } = inner('recordBatch/v0');
const decodeRecordBatch = inner('recordBatch/v0/decoder');

/** It has no encoder of responses, as a client needs none: this is one made of its encoder, in the manner of its requests. */
export function encodeMetadataResponse(): Uint8Array {
  const { brokers, topics, clusterId, controllerId } = samples.metadataResponse;
  return new Encoder()
    .writeInt32(0)
    .writeArray(
      brokers.map(({ nodeId, host, port, rack }) =>
        new Encoder().writeInt32(nodeId).writeString(host).writeInt32(port).writeString(rack),
      ),
    )
    .writeString(clusterId)
    .writeInt32(controllerId)
    .writeArray(topics.map(encodeTopic)).buffer;
}

function encodeTopic({ errorCode, name, isInternal, partitions }: samples.MetadataTopic): unknown {
  const encoded = partitions.map((partition) =>
    new Encoder()
      .writeInt16(partition.errorCode)
      .writeInt32(partition.partitionIndex)
      .writeInt32(partition.leaderId)
      .writeArray(partition.replicaNodes, 'int32')
      .writeArray(partition.isrNodes, 'int32')
      .writeArray(partition.offlineReplicas, 'int32'),
  );
  return new Encoder().writeInt16(errorCode).writeString(name).writeBoolean(isInternal).writeArray(encoded);
}

/** Reads a response body by one of its modules. */
export function decode(name: string, body: Uint8Array): Work {
  const response = inner(`requests/${name}/response`);
  const bytes = Buffer.from(body);
  return () => response.decode(bytes);
}

/** Encodes a request body by one of its modules. */
function encode(name: string, values: unknown): Work {
  const create = inner(`requests/${name}/request`);
  return async () => (await create(values).encode()).buffer;
}

const messages = samples.records.map(({ key, value, timestamp }) => ({ key, value, timestamp }));

export const produceRequest: Work = encode('produce/v7', {
  acks: -1,
  timeout: 30_000,
  topicData: [{ topic: 'orders.created', partitions: [{ partition: 0, messages }] }],
});

export const encodeBatch: Work = async () => {
  const records = messages.map((message, offsetDelta) =>
    Record({ ...message, offsetDelta, timestampDelta: offsetDelta }),
  );
  const options = {
    records,
    firstTimestamp: samples.timestamp,
    maxTimestamp: samples.timestamp + 99,
    lastOffsetDelta: 99,
  };
  return (await RecordBatch(options)).buffer;
};

export const decodeBatch: Work = () => decodeRecordBatch(new Decoder(Buffer.from(samples.batch)));
export const checksum: (bytes: Buffer) => number = inner('recordBatch/crc32C');

const join = samples.joinGroupRequest;
export const joinGroupRequest: Work = encode('joinGroup/v5', {
  groupId: join.groupId,
  sessionTimeout: join.sessionTimeoutMs,
  rebalanceTimeout: join.rebalanceTimeoutMs,
  memberId: join.memberId,
  protocolType: join.protocolType,
  groupProtocols: join.protocols,
});

const commit = samples.offsetCommitRequest;
export const offsetCommitRequest: Work = encode('offsetCommit/v5', {
  groupId: commit.groupId,
  groupGenerationId: 12,
  memberId: commit.memberId,
  topics: commit.topics.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.map(({ partitionIndex, committedOffset }) => ({
      partition: partitionIndex,
      offset: committedOffset,
      metadata: '',
    })),
  })),
});
