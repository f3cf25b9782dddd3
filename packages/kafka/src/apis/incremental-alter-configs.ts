import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Sets, deletes, appends to or subtracts from single configuration keys (KIP-339). */
export const incrementalAlterConfigs = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: '0-1',
  flexible: '1+',
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
            configOperation: { type: 'int8', versions: '0+' },
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

/** An IncrementalAlterConfigs request, as read: every field is there. */
export interface IncrementalAlterConfigsRequest extends RequestOf<typeof incrementalAlterConfigs> {}
/** An IncrementalAlterConfigs request, to be written. */
export interface IncrementalAlterConfigsRequestInput extends RequestInputOf<typeof incrementalAlterConfigs> {}
/** An IncrementalAlterConfigs response, as read: every field is there. */
export interface IncrementalAlterConfigsResponse extends ResponseOf<typeof incrementalAlterConfigs> {}
/** An IncrementalAlterConfigs response, to be written. */
export interface IncrementalAlterConfigsResponseInput extends ResponseInputOf<typeof incrementalAlterConfigs> {}
