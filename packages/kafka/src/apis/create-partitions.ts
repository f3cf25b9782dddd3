import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Raises the number of partitions of topics. */
export const createPartitions = {
  key: 37,
  name: 'CreatePartitions',
  versions: '0-3',
  flexible: '2+',
  request: {
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        count: { type: 'int32', versions: '0+' },
        assignments: {
          type: 'array',
          versions: '0+',
          nullable: '0+',
          items: {
            brokerIds: { type: 'array', versions: '0+', items: 'int32' },
          },
        },
      },
    },
    timeoutMs: { type: 'int32', versions: '0+' },
    validateOnly: { type: 'boolean', versions: '0+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    results: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        errorCode: { type: 'int16', versions: '0+' },
        errorMessage: { type: 'string', versions: '0+', nullable: '0+', default: null },
      },
    },
  },
} as const;

/** A CreatePartitions request, as read: every field is there. */
export interface CreatePartitionsRequest extends RequestOf<typeof createPartitions> {}
/** A CreatePartitions request, to be written. */
export interface CreatePartitionsRequestInput extends RequestInputOf<typeof createPartitions> {}
/** A CreatePartitions response, as read: every field is there. */
export interface CreatePartitionsResponse extends ResponseOf<typeof createPartitions> {}
/** A CreatePartitions response, to be written. */
export interface CreatePartitionsResponseInput extends ResponseInputOf<typeof createPartitions> {}
