import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Takes members out of a group. */
export const leaveGroup = {
  key: 13,
  name: 'LeaveGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: { type: 'string', versions: '0+' },
    memberId: { type: 'string', versions: '0-2' },
    members: {
      type: 'array',
      versions: '3+',
      items: {
        memberId: { type: 'string', versions: '3+' },
        groupInstanceId: { type: 'string', versions: '3+', nullable: '3+', default: null },
        reason: { type: 'string', versions: '5+', nullable: '5+', default: null },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: { type: 'int16', versions: '0+' },
    members: {
      type: 'array',
      versions: '3+',
      items: {
        memberId: { type: 'string', versions: '3+' },
        groupInstanceId: { type: 'string', versions: '3+', nullable: '3+' },
        errorCode: { type: 'int16', versions: '3+' },
      },
    },
  },
} as const;

/** A LeaveGroup request, as read: every field is there. */
export interface LeaveGroupRequest extends RequestOf<typeof leaveGroup> {}
/** A LeaveGroup request, to be written. */
export interface LeaveGroupRequestInput extends RequestInputOf<typeof leaveGroup> {}
/** A LeaveGroup response, as read: every field is there. */
export interface LeaveGroupResponse extends ResponseOf<typeof leaveGroup> {}
/** A LeaveGroup response, to be written. */
export interface LeaveGroupResponseInput extends ResponseInputOf<typeof leaveGroup> {}
