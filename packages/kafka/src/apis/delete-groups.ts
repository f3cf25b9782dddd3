import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Removes groups that are empty. */
export const deleteGroups = {
  key: 42,
  name: 'DeleteGroups',
  versions: '0-2',
  flexible: '2+',
  request: {
    groupsNames: { type: 'array', versions: '0+', items: 'string' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    results: {
      type: 'array',
      versions: '0+',
      items: {
        groupId: { type: 'string', versions: '0+' },
        errorCode: { type: 'int16', versions: '0+' },
      },
    },
  },
} as const;

export interface DeleteGroupsRequest extends RequestOf<typeof deleteGroups> {}
export interface DeleteGroupsRequestInput extends RequestInputOf<typeof deleteGroups> {}
export interface DeleteGroupsResponse extends ResponseOf<typeof deleteGroups> {}
export interface DeleteGroupsResponseInput extends ResponseInputOf<typeof deleteGroups> {}
