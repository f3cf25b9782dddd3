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

/** A ListGroups request, as read: every field is there. */
export interface ListGroupsRequest extends RequestOf<typeof listGroups> {}
/** A ListGroups request, to be written. */
export interface ListGroupsRequestInput extends RequestInputOf<typeof listGroups> {}
/** A ListGroups response, as read: every field is there. */
export interface ListGroupsResponse extends ResponseOf<typeof listGroups> {}
/** A ListGroups response, to be written. */
export interface ListGroupsResponseInput extends ResponseInputOf<typeof listGroups> {}
