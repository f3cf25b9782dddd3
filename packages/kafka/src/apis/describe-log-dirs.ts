import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** The size of partitions on disk (KIP-113). */
export const describeLogDirs = {
  key: 35,
  name: 'DescribeLogDirs',
  versions: '0-4',
  flexible: '2+',
  request: {
    topics: {
      type: 'array',
      versions: '0+',
      nullable: '0+',
      items: {
        topic: { type: 'string', versions: '0+' },
        partitions: { type: 'array', versions: '0+', items: 'int32' },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '0+' },
    errorCode: { type: 'int16', versions: '3+' },
    results: {
      type: 'array',
      versions: '0+',
      items: {
        errorCode: { type: 'int16', versions: '0+' },
        logDir: { type: 'string', versions: '0+' },
        topics: {
          type: 'array',
          versions: '0+',
          items: {
            name: { type: 'string', versions: '0+' },
            partitions: {
              type: 'array',
              versions: '0+',
              items: {
                partitionIndex: { type: 'int32', versions: '0+' },
                partitionSize: { type: 'int64', versions: '0+' },
                offsetLag: { type: 'int64', versions: '0+' },
                isFutureKey: { type: 'boolean', versions: '0+' },
              },
            },
          },
        },
        totalBytes: { type: 'int64', versions: '4+', default: -1 },
        usableBytes: { type: 'int64', versions: '4+', default: -1 },
      },
    },
  },
} as const;

/** A DescribeLogDirs request, as read: every field is there. */
export interface DescribeLogDirsRequest extends RequestOf<typeof describeLogDirs> {}
/** A DescribeLogDirs request, to be written. */
export interface DescribeLogDirsRequestInput extends RequestInputOf<typeof describeLogDirs> {}
/** A DescribeLogDirs response, as read: every field is there. */
export interface DescribeLogDirsResponse extends ResponseOf<typeof describeLogDirs> {}
/** A DescribeLogDirs response, to be written. */
export interface DescribeLogDirsResponseInput extends ResponseInputOf<typeof describeLogDirs> {}
