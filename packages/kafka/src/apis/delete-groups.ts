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

/** A DeleteGroups request, as read: every field is there. */
export interface DeleteGroupsRequest extends RequestOf<typeof deleteGroups> {}
/** A DeleteGroups request, to be written. */
export interface DeleteGroupsRequestInput extends RequestInputOf<typeof deleteGroups> {}
/** A DeleteGroups response, as read: every field is there. */
export interface DeleteGroupsResponse extends ResponseOf<typeof deleteGroups> {}
/** A DeleteGroups response, to be written. */
export interface DeleteGroupsResponseInput extends ResponseInputOf<typeof deleteGroups> {}
