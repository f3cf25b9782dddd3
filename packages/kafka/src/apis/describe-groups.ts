import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** State and members of groups. */
export const describeGroups = {
  key: 15,
  name: 'DescribeGroups',
  versions: '0-5',
  flexible: '5+',
  request: {
    groups: { type: 'array', versions: '0+', items: 'string' },
    includeAuthorizedOperations: { type: 'boolean', versions: '3+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    groups: {
      type: 'array',
      versions: '0+',
      items: {
        errorCode: { type: 'int16', versions: '0+' },
        groupId: { type: 'string', versions: '0+' },
        groupState: { type: 'string', versions: '0+' },
        protocolType: { type: 'string', versions: '0+' },
        protocolData: { type: 'string', versions: '0+' },
        members: {
          type: 'array',
          versions: '0+',
          items: {
            memberId: { type: 'string', versions: '0+' },
            groupInstanceId: { type: 'string', versions: '4+', nullable: '4+', default: null },
            clientId: { type: 'string', versions: '0+' },
            clientHost: { type: 'string', versions: '0+' },
            memberMetadata: { type: 'bytes', versions: '0+' },
            memberAssignment: { type: 'bytes', versions: '0+' },
          },
        },
        authorizedOperations: { type: 'int32', versions: '3+', default: -2147483648 },
      },
    },
  },
} as const;

/** A DescribeGroups request, as read: every field is there. */
export interface DescribeGroupsRequest extends RequestOf<typeof describeGroups> {}
/** A DescribeGroups request, to be written. */
export interface DescribeGroupsRequestInput extends RequestInputOf<typeof describeGroups> {}
/** A DescribeGroups response, as read: every field is there. */
export interface DescribeGroupsResponse extends ResponseOf<typeof describeGroups> {}
/** A DescribeGroups response, to be written. */
export interface DescribeGroupsResponseInput extends ResponseInputOf<typeof describeGroups> {}
