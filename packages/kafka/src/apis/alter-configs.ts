import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Replaces the whole configuration of topics or brokers. */
export const alterConfigs = {
  key: 33,
  name: 'AlterConfigs',
  versions: '0-2',
  flexible: '2+',
  request: {
    resources: {
      type: 'array',
      versions: '0+',
      items: {
        resourceType: { type: 'int8', versions: '0+' },
        resourceName: { type: 'string', versions: '0+' },
        configs: {
          type: 'array',
          versions: '0+',
          items: {
            name: { type: 'string', versions: '0+' },
            value: { type: 'string', versions: '0+', nullable: '0+' },
          },
        },
      },
    },
    validateOnly: { type: 'boolean', versions: '0+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    responses: {
      type: 'array',
      versions: '0+',
      items: {
        errorCode: { type: 'int16', versions: '0+' },
        errorMessage: { type: 'string', versions: '0+', nullable: '0+' },
        resourceType: { type: 'int8', versions: '0+' },
        resourceName: { type: 'string', versions: '0+' },
      },
    },
  },
} as const;

/** An AlterConfigs request, as read: every field is there. */
export interface AlterConfigsRequest extends RequestOf<typeof alterConfigs> {}
/** An AlterConfigs request, to be written. */
export interface AlterConfigsRequestInput extends RequestInputOf<typeof alterConfigs> {}
/** An AlterConfigs response, as read: every field is there. */
export interface AlterConfigsResponse extends ResponseOf<typeof alterConfigs> {}
/** An AlterConfigs response, to be written. */
export interface AlterConfigsResponseInput extends ResponseInputOf<typeof alterConfigs> {}
