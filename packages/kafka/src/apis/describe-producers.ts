import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** The producers that a partition remembers (KIP-664). */
export const describeProducers = {
  key: 61,
  name: 'DescribeProducers',
  versions: '0',
  flexible: '0+',
  request: {
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        partitionIndexes: { type: 'array', versions: '0+', items: 'int32' },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        partitions: {
          type: 'array',
          versions: '0+',
          items: {
            partitionIndex: { type: 'int32', versions: '0+' },
            errorCode: { type: 'int16', versions: '0+' },
            errorMessage: { type: 'string', versions: '0+', nullable: '0+', default: null },
            activeProducers: {
              type: 'array',
              versions: '0+',
              items: {
                producerId: { type: 'int64', versions: '0+' },
                producerEpoch: { type: 'int32', versions: '0+' },
                lastSequence: { type: 'int32', versions: '0+', default: -1 },
                lastTimestamp: { type: 'int64', versions: '0+', default: -1 },
                coordinatorEpoch: { type: 'int32', versions: '0+' },
                currentTxnStartOffset: { type: 'int64', versions: '0+', default: -1 },
              },
            },
          },
        },
      },
    },
  },
} as const;

/** A DescribeProducers request, as read: every field is there. */
export interface DescribeProducersRequest extends RequestOf<typeof describeProducers> {}
/** A DescribeProducers request, to be written. */
export interface DescribeProducersRequestInput extends RequestInputOf<typeof describeProducers> {}
/** A DescribeProducers response, as read: every field is there. */
export interface DescribeProducersResponse extends ResponseOf<typeof describeProducers> {}
/** A DescribeProducers response, to be written. */
export interface DescribeProducersResponseInput extends ResponseInputOf<typeof describeProducers> {}
