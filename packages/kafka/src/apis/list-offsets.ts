import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** The offset at a timestamp, or at either end of a partition. */
export const listOffsets = {
  key: 2,
  name: 'ListOffsets',
  versions: '0-9',
  flexible: '6+',
  request: {
    replicaId: { type: 'int32', versions: '0+' },
    isolationLevel: { type: 'int8', versions: '2+' },
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
            currentLeaderEpoch: { type: 'int32', versions: '4+', default: -1 },
            timestamp: { type: 'int64', versions: '0+' },
            maxNumOffsets: { type: 'int32', versions: '0', default: 1 },
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
        name: { type: 'string', versions: '0+' },
        partitions: {
          type: 'array',
          versions: '0+',
          items: {
            partitionIndex: { type: 'int32', versions: '0+' },
            errorCode: { type: 'int16', versions: '0+' },
            oldStyleOffsets: { type: 'array', versions: '0', items: 'int64' },
            timestamp: { type: 'int64', versions: '1+', default: -1 },
            offset: { type: 'int64', versions: '1+', default: -1 },
            leaderEpoch: { type: 'int32', versions: '4+', default: -1 },
          },
        },
      },
    },
  },
} as const;

/** A ListOffsets request, as read: every field is there. */
export interface ListOffsetsRequest extends RequestOf<typeof listOffsets> {}
/** A ListOffsets request, to be written. */
export interface ListOffsetsRequestInput extends RequestInputOf<typeof listOffsets> {}
/** A ListOffsets response, as read: every field is there. */
export interface ListOffsetsResponse extends ResponseOf<typeof listOffsets> {}
/** A ListOffsets response, to be written. */
export interface ListOffsetsResponseInput extends ResponseInputOf<typeof listOffsets> {}
