import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** The offsets that groups have stored. */
export const offsetFetch = {
  key: 9,
  name: 'OffsetFetch',
  versions: '0-9',
  flexible: '6+',
  request: {
    groupId: { type: 'string', versions: '0-7' },
    topics: {
      type: 'array',
      versions: '0-7',
      nullable: '2-7',
      items: {
        name: { type: 'string', versions: '0-7' },
        partitionIndexes: { type: 'array', versions: '0-7', items: 'int32' },
      },
    },
    groups: {
      type: 'array',
      versions: '8+',
      items: {
        groupId: { type: 'string', versions: '8+' },
        memberId: { type: 'string', versions: '9+', nullable: '9+', default: null },
        memberEpoch: { type: 'int32', versions: '9+', default: -1 },
        topics: {
          type: 'array',
          versions: '8+',
          nullable: '8+',
          items: {
            name: { type: 'string', versions: '8+' },
            partitionIndexes: { type: 'array', versions: '8+', items: 'int32' },
          },
        },
      },
    },
    requireStable: { type: 'boolean', versions: '7+', default: false },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '3+' },
    topics: {
      type: 'array',
      versions: '0-7',
      items: {
        name: { type: 'string', versions: '0-7' },
        partitions: {
          type: 'array',
          versions: '0-7',
          items: {
            partitionIndex: { type: 'int32', versions: '0-7' },
            committedOffset: { type: 'int64', versions: '0-7' },
            committedLeaderEpoch: { type: 'int32', versions: '5-7', default: -1 },
            metadata: { type: 'string', versions: '0-7', nullable: '0-7' },
            errorCode: { type: 'int16', versions: '0-7' },
          },
        },
      },
    },
    errorCode: { type: 'int16', versions: '2-7', default: 0 },
    groups: {
      type: 'array',
      versions: '8+',
      items: {
        groupId: { type: 'string', versions: '8+' },
        topics: {
          type: 'array',
          versions: '8+',
          items: {
            name: { type: 'string', versions: '8+' },
            partitions: {
              type: 'array',
              versions: '8+',
              items: {
                partitionIndex: { type: 'int32', versions: '8+' },
                committedOffset: { type: 'int64', versions: '8+' },
                committedLeaderEpoch: { type: 'int32', versions: '8+', default: -1 },
                metadata: { type: 'string', versions: '8+', nullable: '8+' },
                errorCode: { type: 'int16', versions: '8+' },
              },
            },
          },
        },
        errorCode: { type: 'int16', versions: '8+', default: 0 },
      },
    },
  },
} as const;

/** An OffsetFetch request, as read: every field is there. */
export interface OffsetFetchRequest extends RequestOf<typeof offsetFetch> {}
/** An OffsetFetch request, to be written. */
export interface OffsetFetchRequestInput extends RequestInputOf<typeof offsetFetch> {}
/** An OffsetFetch response, as read: every field is there. */
export interface OffsetFetchResponse extends ResponseOf<typeof offsetFetch> {}
/** An OffsetFetch response, to be written. */
export interface OffsetFetchResponseInput extends ResponseInputOf<typeof offsetFetch> {}
