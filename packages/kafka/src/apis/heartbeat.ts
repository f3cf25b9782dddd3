import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Says that a member of a group is alive. */
export const heartbeat = {
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  request: {
    groupId: { type: 'string', versions: '0+' },
    generationId: { type: 'int32', versions: '0+' },
    memberId: { type: 'string', versions: '0+' },
    groupInstanceId: { type: 'string', versions: '3+', nullable: '3+', default: null },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: { type: 'int16', versions: '0+' },
  },
} as const;

/** A Heartbeat request, as read: every field is there. */
export interface HeartbeatRequest extends RequestOf<typeof heartbeat> {}
/** A Heartbeat request, to be written. */
export interface HeartbeatRequestInput extends RequestInputOf<typeof heartbeat> {}
/** A Heartbeat response, as read: every field is there. */
export interface HeartbeatResponse extends ResponseOf<typeof heartbeat> {}
/** A Heartbeat response, to be written. */
export interface HeartbeatResponseInput extends ResponseInputOf<typeof heartbeat> {}
