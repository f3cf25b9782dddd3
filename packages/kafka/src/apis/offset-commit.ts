import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Stores the offsets that a group has come to. */
export const offsetCommit = {
  key: 8,
  name: 'OffsetCommit',
  versions: '0-9',
  flexible: '8+',
  request: {
    groupId: { type: 'string', versions: '0+' },
    generationIdOrMemberEpoch: { type: 'int32', versions: '1+', default: -1 },
    memberId: { type: 'string', versions: '1+' },
    groupInstanceId: { type: 'string', versions: '7+', nullable: '7+', default: null },
    retentionTimeMs: { type: 'int64', versions: '2-4', default: -1 },
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
            committedOffset: { type: 'int64', versions: '0+' },
            committedLeaderEpoch: { type: 'int32', versions: '6+', default: -1 },
            commitTimestamp: { type: 'int64', versions: '1', default: -1 },
            committedMetadata: { type: 'string', versions: '0+', nullable: '0+' },
          },
        },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '3+' },
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

/** An OffsetCommit request, as read: every field is there. */
export interface OffsetCommitRequest extends RequestOf<typeof offsetCommit> {}
/** An OffsetCommit request, to be written. */
export interface OffsetCommitRequestInput extends RequestInputOf<typeof offsetCommit> {}
/** An OffsetCommit response, as read: every field is there. */
export interface OffsetCommitResponse extends ResponseOf<typeof offsetCommit> {}
/** An OffsetCommit response, to be written. */
export interface OffsetCommitResponseInput extends ResponseInputOf<typeof offsetCommit> {}
