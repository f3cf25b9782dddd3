import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Moves the start of partitions forward. */
export const deleteRecords = {
  key: 21,
  name: 'DeleteRecords',
  versions: '0-2',
  flexible: '2+',
  request: {
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
            offset: { type: 'int64', versions: '0+' },
          },
        },
      },
    },
    timeoutMs: { type: 'int32', versions: '0+' },
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
            lowWatermark: { type: 'int64', versions: '0+' },
            errorCode: { type: 'int16', versions: '0+' },
          },
        },
      },
    },
  },
} as const;

/** A DeleteRecords request, as read: every field is there. */
export interface DeleteRecordsRequest extends RequestOf<typeof deleteRecords> {}
/** A DeleteRecords request, to be written. */
export interface DeleteRecordsRequestInput extends RequestInputOf<typeof deleteRecords> {}
/** A DeleteRecords response, as read: every field is there. */
export interface DeleteRecordsResponse extends ResponseOf<typeof deleteRecords> {}
/** A DeleteRecords response, to be written. */
export interface DeleteRecordsResponseInput extends ResponseInputOf<typeof deleteRecords> {}
