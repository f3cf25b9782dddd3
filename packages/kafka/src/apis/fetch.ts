import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Reads record batches from partitions, waiting for them if asked to. */
export const fetch = {
  key: 1,
  name: 'Fetch',
  versions: '0-17',
  flexible: '12+',
  served: '4-17',
  request: {
    clusterId: { type: 'string', versions: '12+', nullable: '12+', tag: 0, tagged: '12+', default: null },
    replicaId: { type: 'int32', versions: '0-14', default: -1 },
    replicaState: {
      type: 'struct',
      versions: '15+',
      tag: 1,
      tagged: '15+',
      fields: {
        replicaId: { type: 'int32', versions: '15+', default: -1 },
        replicaEpoch: { type: 'int64', versions: '15+', default: -1 },
      },
    },
    maxWaitMs: { type: 'int32', versions: '0+' },
    minBytes: { type: 'int32', versions: '0+' },
    maxBytes: { type: 'int32', versions: '3+', default: 2147483647 },
    isolationLevel: { type: 'int8', versions: '4+', default: 0 },
    sessionId: { type: 'int32', versions: '7+', default: 0 },
    sessionEpoch: { type: 'int32', versions: '7+', default: -1 },
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        topic: { type: 'string', versions: '0-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitions: {
          type: 'array',
          versions: '0+',
          items: {
            partition: { type: 'int32', versions: '0+' },
            currentLeaderEpoch: { type: 'int32', versions: '9+', default: -1 },
            fetchOffset: { type: 'int64', versions: '0+' },
            lastFetchedEpoch: { type: 'int32', versions: '12+', default: -1 },
            logStartOffset: { type: 'int64', versions: '5+', default: -1 },
            partitionMaxBytes: { type: 'int32', versions: '0+' },
            replicaDirectoryId: { type: 'uuid', versions: '17+', tag: 0, tagged: '17+' },
          },
        },
      },
    },
    forgottenTopicsData: {
      type: 'array',
      versions: '7+',
      items: {
        topic: { type: 'string', versions: '7-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitions: { type: 'array', versions: '7+', items: 'int32' },
      },
    },
    rackId: { type: 'string', versions: '11+', default: '' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: { type: 'int16', versions: '7+' },
    sessionId: { type: 'int32', versions: '7+', default: 0 },
    responses: {
      type: 'array',
      versions: '0+',
      items: {
        topic: { type: 'string', versions: '0-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitions: {
          type: 'array',
          versions: '0+',
          items: {
            partitionIndex: { type: 'int32', versions: '0+' },
            errorCode: { type: 'int16', versions: '0+' },
            highWatermark: { type: 'int64', versions: '0+' },
            lastStableOffset: { type: 'int64', versions: '4+', default: -1 },
            logStartOffset: { type: 'int64', versions: '5+', default: -1 },
            divergingEpoch: {
              type: 'struct',
              versions: '12+',
              tag: 0,
              tagged: '12+',
              fields: {
                epoch: { type: 'int32', versions: '12+', default: -1 },
                endOffset: { type: 'int64', versions: '12+', default: -1 },
              },
            },
            currentLeader: {
              type: 'struct',
              versions: '12+',
              tag: 1,
              tagged: '12+',
              fields: {
                leaderId: { type: 'int32', versions: '12+', default: -1 },
                leaderEpoch: { type: 'int32', versions: '12+', default: -1 },
              },
            },
            snapshotId: {
              type: 'struct',
              versions: '12+',
              tag: 2,
              tagged: '12+',
              fields: {
                endOffset: { type: 'int64', versions: '0+', default: -1 },
                epoch: { type: 'int32', versions: '0+', default: -1 },
              },
            },
            abortedTransactions: {
              type: 'array',
              versions: '4+',
              nullable: '4+',
              items: {
                producerId: { type: 'int64', versions: '4+' },
                firstOffset: { type: 'int64', versions: '4+' },
              },
            },
            preferredReadReplica: { type: 'int32', versions: '11+', default: -1 },
            records: { type: 'records', versions: '0+', nullable: '0+' },
          },
        },
      },
    },
    nodeEndpoints: {
      type: 'array',
      versions: '16+',
      tag: 0,
      tagged: '16+',
      items: {
        nodeId: { type: 'int32', versions: '16+' },
        host: { type: 'string', versions: '16+' },
        port: { type: 'int32', versions: '16+' },
        rack: { type: 'string', versions: '16+', nullable: '16+', default: null },
      },
    },
  },
} as const;

/** A Fetch request, as read: every field is there. */
export interface FetchRequest extends RequestOf<typeof fetch> {}
/** A Fetch request, to be written. */
export interface FetchRequestInput extends RequestInputOf<typeof fetch> {}
/** A Fetch response, as read: every field is there. */
export interface FetchResponse extends ResponseOf<typeof fetch> {}
/** A Fetch response, to be written. */
export interface FetchResponseInput extends ResponseInputOf<typeof fetch> {}
