import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Enters a consumer group and waits for its next generation. */
export const joinGroup = {
  key: 11,
  name: 'JoinGroup',
  versions: '0-9',
  flexible: '6+',
  request: {
    groupId: { type: 'string', versions: '0+' },
    sessionTimeoutMs: { type: 'int32', versions: '0+' },
    rebalanceTimeoutMs: { type: 'int32', versions: '1+', default: -1 },
    memberId: { type: 'string', versions: '0+' },
    groupInstanceId: { type: 'string', versions: '5+', nullable: '5+', default: null },
    protocolType: { type: 'string', versions: '0+' },
    protocols: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+' },
        metadata: { type: 'bytes', versions: '0+' },
      },
    },
    reason: { type: 'string', versions: '8+', nullable: '8+', default: null },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '2+' },
    errorCode: { type: 'int16', versions: '0+' },
    generationId: { type: 'int32', versions: '0+', default: -1 },
    protocolType: { type: 'string', versions: '7+', nullable: '7+', default: null },
    protocolName: { type: 'string', versions: '0+', nullable: '7+' },
    leader: { type: 'string', versions: '0+' },
    skipAssignment: { type: 'boolean', versions: '9+', default: false },
    memberId: { type: 'string', versions: '0+' },
    members: {
      type: 'array',
      versions: '0+',
      items: {
        memberId: { type: 'string', versions: '0+' },
        groupInstanceId: { type: 'string', versions: '5+', nullable: '5+', default: null },
        metadata: { type: 'bytes', versions: '0+' },
      },
    },
  },
} as const;

/** A JoinGroup request, as read: every field is there. */
export interface JoinGroupRequest extends RequestOf<typeof joinGroup> {}
/** A JoinGroup request, to be written. */
export interface JoinGroupRequestInput extends RequestInputOf<typeof joinGroup> {}
/** A JoinGroup response, as read: every field is there. */
export interface JoinGroupResponse extends ResponseOf<typeof joinGroup> {}
/** A JoinGroup response, to be written. */
export interface JoinGroupResponseInput extends ResponseInputOf<typeof joinGroup> {}
