import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Which APIs and versions a broker speaks (KIP-35, KIP-511). */
export const apiVersions = {
  key: 18,
  name: 'ApiVersions',
  versions: '0-4',
  flexible: '3+',
  request: {
    clientSoftwareName: { type: 'string', versions: '3+' },
    clientSoftwareVersion: { type: 'string', versions: '3+' },
  },
  response: {
    errorCode: { type: 'int16', versions: '0+' },
    apiKeys: {
      type: 'array',
      versions: '0+',
      items: {
        apiKey: { type: 'int16', versions: '0+' },
        minVersion: { type: 'int16', versions: '0+' },
        maxVersion: { type: 'int16', versions: '0+' },
      },
    },
    throttleTimeMs: { type: 'int32', versions: '1+' },
    supportedFeatures: {
      type: 'array',
      versions: '3+',
      tag: 0,
      tagged: '3+',
      items: {
        name: { type: 'string', versions: '3+' },
        minVersion: { type: 'int16', versions: '3+' },
        maxVersion: { type: 'int16', versions: '3+' },
      },
    },
    finalizedFeaturesEpoch: { type: 'int64', versions: '3+', tag: 1, tagged: '3+', default: -1 },
    finalizedFeatures: {
      type: 'array',
      versions: '3+',
      tag: 2,
      tagged: '3+',
      items: {
        name: { type: 'string', versions: '3+' },
        maxVersionLevel: { type: 'int16', versions: '3+' },
        minVersionLevel: { type: 'int16', versions: '3+' },
      },
    },
    zkMigrationReady: { type: 'boolean', versions: '3+', tag: 3, tagged: '3+', default: false },
  },
} as const;

/** An ApiVersions request, as read: every field is there. */
export interface ApiVersionsRequest extends RequestOf<typeof apiVersions> {}
/** An ApiVersions request, to be written. */
export interface ApiVersionsRequestInput extends RequestInputOf<typeof apiVersions> {}
/** An ApiVersions response, as read: every field is there. */
export interface ApiVersionsResponse extends ResponseOf<typeof apiVersions> {}
/** An ApiVersions response, to be written. */
export interface ApiVersionsResponseInput extends ResponseInputOf<typeof apiVersions> {}
