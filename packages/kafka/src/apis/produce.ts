import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Appends record batches to partitions. */
export const produce = {
  key: 0,
  name: 'Produce',
  versions: '0-11',
  flexible: '9+',
  served: '3-11',
  advertised: '0-11',
  request: {
    transactionalId: { type: 'string', versions: '3+', nullable: '3+', default: null },
    acks: { type: 'int16', versions: '0+' },
    timeoutMs: { type: 'int32', versions: '0+' },
    topicData: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        partitionData: {
          type: 'array',
          versions: '0+',
          items: {
            index: { type: 'int32', versions: '0+' },
            records: { type: 'records', versions: '0+', nullable: '0+' },
          },
        },
      },
    },
  },
  response: {
    responses: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        partitionResponses: {
          type: 'array',
          versions: '0+',
          items: {
            index: { type: 'int32', versions: '0+' },
            errorCode: { type: 'int16', versions: '0+' },
            baseOffset: { type: 'int64', versions: '0+' },
            logAppendTimeMs: { type: 'int64', versions: '2+', default: -1 },
            logStartOffset: { type: 'int64', versions: '5+', default: -1 },
            recordErrors: {
              type: 'array',
              versions: '8+',
              items: {
                batchIndex: { type: 'int32', versions: '8+' },
                batchIndexErrorMessage: { type: 'string', versions: '8+', nullable: '8+', default: null },
              },
            },
            errorMessage: { type: 'string', versions: '8+', nullable: '8+', default: null },
            currentLeader: {
              type: 'struct',
              versions: '10+',
              tag: 0,
              tagged: '10+',
              fields: {
                leaderId: { type: 'int32', versions: '10+', default: -1 },
                leaderEpoch: { type: 'int32', versions: '10+', default: -1 },
              },
            },
          },
        },
      },
    },
    throttleTimeMs: { type: 'int32', versions: '1+', default: 0 },
    nodeEndpoints: {
      type: 'array',
      versions: '10+',
      tag: 0,
      tagged: '10+',
      items: {
        nodeId: { type: 'int32', versions: '10+' },
        host: { type: 'string', versions: '10+' },
        port: { type: 'int32', versions: '10+' },
        rack: { type: 'string', versions: '10+', nullable: '10+', default: null },
      },
    },
  },
} as const;

/** A Produce request, as read: every field is there. */
export interface ProduceRequest extends RequestOf<typeof produce> {}
/** A Produce request, to be written. */
export interface ProduceRequestInput extends RequestInputOf<typeof produce> {}
/** A Produce response, as read: every field is there. */
export interface ProduceResponse extends ResponseOf<typeof produce> {}
/** A Produce response, to be written. */
export interface ProduceResponseInput extends ResponseInputOf<typeof produce> {}
