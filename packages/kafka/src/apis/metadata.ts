import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Brokers, topics, partitions and their leaders. */
export const metadata = {
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  request: {
    topics: {
      type: 'array',
      versions: '0+',
      nullable: '1+',
      items: {
        topicId: { type: 'uuid', versions: '10+' },
        name: { type: 'string', versions: '0+', nullable: '10+' },
      },
    },
    allowAutoTopicCreation: { type: 'boolean', versions: '4+', default: true },
    includeClusterAuthorizedOperations: { type: 'boolean', versions: '8-10' },
    includeTopicAuthorizedOperations: { type: 'boolean', versions: '8+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '3+' },
    brokers: {
      type: 'array',
      versions: '0+',
      items: {
        nodeId: { type: 'int32', versions: '0+' },
        host: { type: 'string', versions: '0+' },
        port: { type: 'int32', versions: '0+' },
        rack: { type: 'string', versions: '1+', nullable: '1+', default: null },
      },
    },
    clusterId: { type: 'string', versions: '2+', nullable: '2+', default: null },
    controllerId: { type: 'int32', versions: '1+', default: -1 },
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        errorCode: { type: 'int16', versions: '0+' },
        name: { type: 'string', versions: '0+', nullable: '12+' },
        topicId: { type: 'uuid', versions: '10+' },
        isInternal: { type: 'boolean', versions: '1+', default: false },
        partitions: {
          type: 'array',
          versions: '0+',
          items: {
            errorCode: { type: 'int16', versions: '0+' },
            partitionIndex: { type: 'int32', versions: '0+' },
            leaderId: { type: 'int32', versions: '0+' },
            leaderEpoch: { type: 'int32', versions: '7+', default: -1 },
            replicaNodes: { type: 'array', versions: '0+', items: 'int32' },
            isrNodes: { type: 'array', versions: '0+', items: 'int32' },
            offlineReplicas: { type: 'array', versions: '5+', items: 'int32' },
          },
        },
        topicAuthorizedOperations: { type: 'int32', versions: '8+', default: -2147483648 },
      },
    },
    clusterAuthorizedOperations: { type: 'int32', versions: '8-10', default: -2147483648 },
    errorCode: { type: 'int16', versions: '13+' },
  },
} as const;

/** A Metadata request, as read: every field is there. */
export interface MetadataRequest extends RequestOf<typeof metadata> {}
/** A Metadata request, to be written. */
export interface MetadataRequestInput extends RequestInputOf<typeof metadata> {}
/** A Metadata response, as read: every field is there. */
export interface MetadataResponse extends ResponseOf<typeof metadata> {}
/** A Metadata response, to be written. */
export interface MetadataResponseInput extends ResponseInputOf<typeof metadata> {}
