import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Where a leader epoch ends in the log (KIP-101, KIP-320). */
export const offsetForLeaderEpoch = {
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: '0-4',
  flexible: '4+',
  request: {
    replicaId: { type: 'int32', versions: '3+', default: -2 },
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        topic: { type: 'string', versions: '0+' },
        partitions: {
          type: 'array',
          versions: '0+',
          items: {
            partition: { type: 'int32', versions: '0+' },
            currentLeaderEpoch: { type: 'int32', versions: '2+', default: -1 },
            leaderEpoch: { type: 'int32', versions: '0+' },
          },
        },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '2+' },
    topics: {
      type: 'array',
      versions: '0+',
      items: {
        topic: { type: 'string', versions: '0+' },
        partitions: {
          type: 'array',
          versions: '0+',
          items: {
            errorCode: { type: 'int16', versions: '0+' },
            partition: { type: 'int32', versions: '0+' },
            leaderEpoch: { type: 'int32', versions: '1+', default: -1 },
            endOffset: { type: 'int64', versions: '0+', default: -1 },
          },
        },
      },
    },
  },
} as const;

/** An OffsetForLeaderEpoch request, as read: every field is there. */
export interface OffsetForLeaderEpochRequest extends RequestOf<typeof offsetForLeaderEpoch> {}
/** An OffsetForLeaderEpoch request, to be written. */
export interface OffsetForLeaderEpochRequestInput extends RequestInputOf<typeof offsetForLeaderEpoch> {}
/** An OffsetForLeaderEpoch response, as read: every field is there. */
export interface OffsetForLeaderEpochResponse extends ResponseOf<typeof offsetForLeaderEpoch> {}
/** An OffsetForLeaderEpoch response, to be written. */
export interface OffsetForLeaderEpochResponseInput extends ResponseInputOf<typeof offsetForLeaderEpoch> {}
