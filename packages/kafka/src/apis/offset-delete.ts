import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Removes committed offsets of a group (KIP-496). */
export const offsetDelete = {
  key: 47,
  name: 'OffsetDelete',
  versions: '0',
  flexible: 'none',
  request: {
    groupId: { type: 'string', versions: '0+' },
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
          },
        },
      },
    },
  },
  response: {
    errorCode: { type: 'int16', versions: '0+' },
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
          },
        },
      },
    },
  },
} as const;

/** An OffsetDelete request, as read: every field is there. */
export interface OffsetDeleteRequest extends RequestOf<typeof offsetDelete> {}
/** An OffsetDelete request, to be written. */
export interface OffsetDeleteRequestInput extends RequestInputOf<typeof offsetDelete> {}
/** An OffsetDelete response, as read: every field is there. */
export interface OffsetDeleteResponse extends ResponseOf<typeof offsetDelete> {}
/** An OffsetDelete response, to be written. */
export interface OffsetDeleteResponseInput extends ResponseInputOf<typeof offsetDelete> {}
