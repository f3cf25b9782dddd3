import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Deletes topics, by name or by id. */
export const deleteTopics = {
  key: 20,
  name: 'DeleteTopics',
  versions: '0-6',
  flexible: '4+',
  request: {
    topics: {
      type: 'array',
      versions: '6+',
      items: {
        name: { type: 'string', versions: '6+', nullable: '6+', default: null },
        topicId: { type: 'uuid', versions: '6+' },
      },
    },
    topicNames: { type: 'array', versions: '0-5', items: 'string' },
    timeoutMs: { type: 'int32', versions: '0+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    responses: {
      type: 'array',
      versions: '0+',
      items: {
        name: { type: 'string', versions: '0+', nullable: '6+' },
        topicId: { type: 'uuid', versions: '6+' },
        errorCode: { type: 'int16', versions: '0+' },
        errorMessage: { type: 'string', versions: '5+', nullable: '5+', default: null },
      },
    },
  },
} as const;

/** A DeleteTopics request, as read: every field is there. */
export interface DeleteTopicsRequest extends RequestOf<typeof deleteTopics> {}
/** A DeleteTopics request, to be written. */
export interface DeleteTopicsRequestInput extends RequestInputOf<typeof deleteTopics> {}
/** A DeleteTopics response, as read: every field is there. */
export interface DeleteTopicsResponse extends ResponseOf<typeof deleteTopics> {}
/** A DeleteTopics response, to be written. */
export interface DeleteTopicsResponseInput extends ResponseInputOf<typeof deleteTopics> {}
