import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** A producer id and epoch for idempotent or transactional producing (KIP-98). */
export const initProducerId = {
  key: 22,
  name: 'InitProducerId',
  versions: '0-5',
  flexible: '2+',
  request: {
    transactionalId: { type: 'string', versions: '0+', nullable: '0+' },
    transactionTimeoutMs: { type: 'int32', versions: '0+' },
    producerId: { type: 'int64', versions: '3+', default: -1 },
    producerEpoch: { type: 'int16', versions: '3+', default: -1 },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    errorCode: { type: 'int16', versions: '0+' },
    producerId: { type: 'int64', versions: '0+', default: -1 },
    producerEpoch: { type: 'int16', versions: '0+' },
  },
} as const;

/** An InitProducerId request, as read: every field is there. */
export interface InitProducerIdRequest extends RequestOf<typeof initProducerId> {}
/** An InitProducerId request, to be written. */
export interface InitProducerIdRequestInput extends RequestInputOf<typeof initProducerId> {}
/** An InitProducerId response, as read: every field is there. */
export interface InitProducerIdResponse extends ResponseOf<typeof initProducerId> {}
/** An InitProducerId response, to be written. */
export interface InitProducerIdResponseInput extends ResponseInputOf<typeof initProducerId> {}
