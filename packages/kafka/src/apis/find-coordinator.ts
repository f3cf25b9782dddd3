import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Which broker coordinates a group or a transactional id. */
export const findCoordinator = {
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  request: {
    key: { type: 'string', versions: '0-3' },
    keyType: { type: 'int8', versions: '1+', default: 0 },
    coordinatorKeys: { type: 'array', versions: '4+', items: 'string' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: { type: 'int16', versions: '0-3' },
    errorMessage: { type: 'string', versions: '1-3', nullable: '1-3' },
    nodeId: { type: 'int32', versions: '0-3' },
    host: { type: 'string', versions: '0-3' },
    port: { type: 'int32', versions: '0-3' },
    coordinators: {
      type: 'array',
      versions: '4+',
      items: {
        key: { type: 'string', versions: '4+' },
        nodeId: { type: 'int32', versions: '4+' },
        host: { type: 'string', versions: '4+' },
        port: { type: 'int32', versions: '4+' },
        errorCode: { type: 'int16', versions: '4+' },
        errorMessage: { type: 'string', versions: '4+', nullable: '4+' },
      },
    },
  },
} as const;

/** A FindCoordinator request, as read: every field is there. */
export interface FindCoordinatorRequest extends RequestOf<typeof findCoordinator> {}
/** A FindCoordinator request, to be written. */
export interface FindCoordinatorRequestInput extends RequestInputOf<typeof findCoordinator> {}
/** A FindCoordinator response, as read: every field is there. */
export interface FindCoordinatorResponse extends ResponseOf<typeof findCoordinator> {}
/** A FindCoordinator response, to be written. */
export interface FindCoordinatorResponseInput extends ResponseInputOf<typeof findCoordinator> {}
