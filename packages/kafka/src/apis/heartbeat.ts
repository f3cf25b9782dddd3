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

export interface HeartbeatRequest extends RequestOf<typeof heartbeat> {}
export interface HeartbeatRequestInput extends RequestInputOf<typeof heartbeat> {}
export interface HeartbeatResponse extends ResponseOf<typeof heartbeat> {}
export interface HeartbeatResponseInput extends ResponseInputOf<typeof heartbeat> {}
