import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** The cluster id, its controller and its brokers (KIP-700). */
export const describeCluster = {
  key: 60,
  name: 'DescribeCluster',
  versions: '0-1',
  flexible: '0+',
  request: {
    includeClusterAuthorizedOperations: { type: 'boolean', versions: '0+' },
    endpointType: { type: 'int8', versions: '1+', default: 1 },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    errorCode: { type: 'int16', versions: '0+' },
    errorMessage: { type: 'string', versions: '0+', nullable: '0+', default: null },
    endpointType: { type: 'int8', versions: '1+', default: 1 },
    clusterId: { type: 'string', versions: '0+' },
    controllerId: { type: 'int32', versions: '0+', default: -1 },
    brokers: {
      type: 'array',
      versions: '0+',
      items: {
        brokerId: { type: 'int32', versions: '0+' },
        host: { type: 'string', versions: '0+' },
        port: { type: 'int32', versions: '0+' },
        rack: { type: 'string', versions: '0+', nullable: '0+', default: null },
      },
    },
    clusterAuthorizedOperations: { type: 'int32', versions: '0+', default: -2147483648 },
  },
} as const;

/** A DescribeCluster request, as read: every field is there. */
export interface DescribeClusterRequest extends RequestOf<typeof describeCluster> {}
/** A DescribeCluster request, to be written. */
export interface DescribeClusterRequestInput extends RequestInputOf<typeof describeCluster> {}
/** A DescribeCluster response, as read: every field is there. */
export interface DescribeClusterResponse extends ResponseOf<typeof describeCluster> {}
/** A DescribeCluster response, to be written. */
export interface DescribeClusterResponseInput extends ResponseInputOf<typeof describeCluster> {}
