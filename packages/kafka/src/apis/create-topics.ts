import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Creates topics. */
export const createTopics = {
  key: 19,
  name: 'CreateTopics',
  versions: '0-7',
  flexible: '5+',
  request: {
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        numPartitions: { type: 'int32', versions: '0+' },
        replicationFactor: { type: 'int16', versions: '0+' },
        assignments: {
          type: 'array',
          versions: '0+',
          items: {
            partitionIndex: { type: 'int32', versions: '0+' },
            brokerIds: { type: 'array', versions: '0+', items: 'int32' },
          },
        },
        configs: {
          type: 'array',
          versions: '0+',
          items: {
            name: { type: 'string', versions: '0+' },
            value: { type: 'string', versions: '0+', nullable: '0+' },
          },
        },
      },
    },
    timeoutMs: { type: 'int32', versions: '0+', default: 60000 },
    validateOnly: { type: 'boolean', versions: '1+', default: false },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '2+' },
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        topicId: { type: 'uuid', versions: '7+' },
        errorCode: { type: 'int16', versions: '0+' },
        errorMessage: { type: 'string', versions: '1+', nullable: '0+' },
        topicConfigErrorCode: { type: 'int16', versions: '5+', tag: 0, tagged: '5+' },
        numPartitions: { type: 'int32', versions: '5+', default: -1 },
        replicationFactor: { type: 'int16', versions: '5+', default: -1 },
        configs: {
          type: 'array',
          versions: '5+',
          nullable: '5+',
          items: {
            name: { type: 'string', versions: '5+' },
            value: { type: 'string', versions: '5+', nullable: '5+' },
            readOnly: { type: 'boolean', versions: '5+' },
            configSource: { type: 'int8', versions: '5+', default: -1 },
            isSensitive: { type: 'boolean', versions: '5+' },
          },
        },
      },
    },
  },
} as const;

/** A CreateTopics request, as read: every field is there. */
export interface CreateTopicsRequest extends RequestOf<typeof createTopics> {}
/** A CreateTopics request, to be written. */
export interface CreateTopicsRequestInput extends RequestInputOf<typeof createTopics> {}
/** A CreateTopics response, as read: every field is there. */
export interface CreateTopicsResponse extends ResponseOf<typeof createTopics> {}
/** A CreateTopics response, to be written. */
export interface CreateTopicsResponseInput extends ResponseInputOf<typeof createTopics> {}
