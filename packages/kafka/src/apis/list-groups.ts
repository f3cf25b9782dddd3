import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** The groups that a broker coordinates. */
export const listGroups = {
  key: 16,
  name: 'ListGroups',
  versions: '0-5',
  flexible: '3+',
  request: {
    statesFilter: { type: 'array', versions: '4+', items: 'string' },
    typesFilter: { type: 'array', versions: '5+', items: 'string' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: { type: 'int16', versions: '0+' },
    groups: {
      type: 'array',
      versions: '0+',
      items: {
        groupId: { type: 'string', versions: '0+' },
        protocolType: { type: 'string', versions: '0+' },
        groupState: { type: 'string', versions: '4+' },
        groupType: { type: 'string', versions: '5+' },
      },
    },
  },
} as const;

export interface ListGroupsRequest extends RequestOf<typeof listGroups> {}
export interface ListGroupsRequestInput extends RequestInputOf<typeof listGroups> {}
export interface ListGroupsResponse extends ResponseOf<typeof listGroups> {}
export interface ListGroupsResponseInput extends ResponseInputOf<typeof listGroups> {}
