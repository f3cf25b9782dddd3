import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Hands out, and asks for, the assignment of a generation. */
export const syncGroup = {
  key: 14,
  name: 'SyncGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: { type: 'string', versions: '0+' },
    generationId: { type: 'int32', versions: '0+' },
    memberId: { type: 'string', versions: '0+' },
    groupInstanceId: { type: 'string', versions: '3+', nullable: '3+', default: null },
    protocolType: { type: 'string', versions: '5+', nullable: '5+', default: null },
    protocolName: { type: 'string', versions: '5+', nullable: '5+', default: null },
    assignments: {
      type: 'array',
      versions: '0+',
      items: {
        memberId: { type: 'string', versions: '0+' },
        assignment: { type: 'bytes', versions: '0+' },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: { type: 'int16', versions: '0+' },
    protocolType: { type: 'string', versions: '5+', nullable: '5+', default: null },
    protocolName: { type: 'string', versions: '5+', nullable: '5+', default: null },
    assignment: { type: 'bytes', versions: '0+' },
  },
} as const;

/** A SyncGroup request, as read: every field is there. */
export interface SyncGroupRequest extends RequestOf<typeof syncGroup> {}
/** A SyncGroup request, to be written. */
export interface SyncGroupRequestInput extends RequestInputOf<typeof syncGroup> {}
/** A SyncGroup response, as read: every field is there. */
export interface SyncGroupResponse extends ResponseOf<typeof syncGroup> {}
/** A SyncGroup response, to be written. */
export interface SyncGroupResponseInput extends ResponseInputOf<typeof syncGroup> {}
