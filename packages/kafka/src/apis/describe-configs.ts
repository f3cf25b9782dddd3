import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Configuration of topics and brokers, with where each value comes from. */
export const describeConfigs = {
  key: 32,
  name: 'DescribeConfigs',
  versions: '0-4',
  flexible: '4+',
  request: {
    resources: {
      type: 'array',
      versions: '0+',
      items: {
        resourceType: { type: 'int8', versions: '0+' },
        resourceName: { type: 'string', versions: '0+' },
        configurationKeys: { type: 'array', versions: '0+', nullable: '0+', items: 'string' },
      },
    },
    includeSynonyms: { type: 'boolean', versions: '1+', default: false },
    includeDocumentation: { type: 'boolean', versions: '3+', default: false },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    results: {
      type: 'array',
      versions: '0+',
      items: {
        errorCode: { type: 'int16', versions: '0+' },
        errorMessage: { type: 'string', versions: '0+', nullable: '0+' },
        resourceType: { type: 'int8', versions: '0+' },
        resourceName: { type: 'string', versions: '0+' },
        configs: {
          type: 'array',
          versions: '0+',
          items: {
            name: { type: 'string', versions: '0+' },
            value: { type: 'string', versions: '0+', nullable: '0+' },
            readOnly: { type: 'boolean', versions: '0+' },
            isDefault: { type: 'boolean', versions: '0' },
            configSource: { type: 'int8', versions: '1+', default: -1 },
            isSensitive: { type: 'boolean', versions: '0+' },
            synonyms: {
              type: 'array',
              versions: '1+',
              items: {
                name: { type: 'string', versions: '1+' },
                value: { type: 'string', versions: '1+', nullable: '0+' },
                source: { type: 'int8', versions: '1+' },
              },
            },
            configType: { type: 'int8', versions: '3+', default: 0 },
            documentation: { type: 'string', versions: '3+', nullable: '0+' },
          },
        },
      },
    },
  },
} as const;

/** A DescribeConfigs request, as read: every field is there. */
export interface DescribeConfigsRequest extends RequestOf<typeof describeConfigs> {}
/** A DescribeConfigs request, to be written. */
export interface DescribeConfigsRequestInput extends RequestInputOf<typeof describeConfigs> {}
/** A DescribeConfigs response, as read: every field is there. */
export interface DescribeConfigsResponse extends ResponseOf<typeof describeConfigs> {}
/** A DescribeConfigs response, to be written. */
export interface DescribeConfigsResponseInput extends ResponseInputOf<typeof describeConfigs> {}
