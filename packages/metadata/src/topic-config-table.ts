import type { ConfigDefinition } from './config-schema.ts';

// As large as Kafka's long goes: what it writes for "no limit" where -1 is not allowed.
const unlimited = '9223372036854775807';
const largestInt = '2147483647';
const minutes = 60_000;
const hours = 3_600_000;

/**
 * Every setting of a topic, by name.
 *
 * Names, types, defaults and ranges are Kafka's (https://kafka.apache.org/documentation/#topicconfigs) but for those that begin
 * with `streambus.`; the broker answers DescribeConfigs from it.
 */
export const topicConfigDefinitions: readonly ConfigDefinition[] = [
  {
    name: 'cleanup.policy',
    type: 'list',
    defaultValue: 'delete',
    validValues: ['compact', 'delete'],
    documentation:
      'What happens to old segments: "delete" drops them by age and size, "compact" keeps the latest record of each key; both may be given. Compacting itself is not there yet: a compacted topic keeps all of its records, and each must have a key.',
    synonyms: [{ name: 'log.cleanup.policy' }],
  },
  {
    name: 'compression.type',
    type: 'string',
    defaultValue: 'producer',
    validValues: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    documentation:
      'How batches are compressed on disk. They are kept as they were sent, whatever this says; it is here because clients set it.',
    synonyms: [{ name: 'compression.type' }],
  },
  {
    name: 'delete.retention.ms',
    type: 'long',
    defaultValue: '86400000',
    minimum: '0',
    documentation:
      'How long a compacted topic keeps the markers of deleted keys, in milliseconds. Without effect until compaction is there.',
    synonyms: [{ name: 'log.cleaner.delete.retention.ms' }],
  },
  {
    name: 'file.delete.delay.ms',
    type: 'long',
    defaultValue: '60000',
    minimum: '0',
    documentation:
      'How long a dropped segment stays on disk before its files are removed, in milliseconds. Without effect: its files go once nobody reads them.',
    synonyms: [{ name: 'log.segment.delete.delay.ms' }],
  },
  {
    name: 'flush.messages',
    type: 'long',
    defaultValue: unlimited,
    minimum: '1',
    documentation:
      'After how many records the log is forced to disk. Without effect: streambus.flush and flush.ms decide.',
    synonyms: [{ name: 'log.flush.interval.messages' }],
  },
  {
    name: 'flush.ms',
    type: 'long',
    defaultValue: unlimited,
    minimum: '0',
    documentation:
      'After how many milliseconds, at most, the log is forced to disk where streambus.flush does not do it before.',
    synonyms: [{ name: 'log.flush.interval.ms' }, { name: 'log.flush.scheduler.interval.ms' }],
  },
  {
    name: 'index.interval.bytes',
    type: 'int',
    defaultValue: '4096',
    minimum: '0',
    maximum: largestInt,
    documentation: 'How many bytes of log lie between two entries of the offset index.',
    synonyms: [{ name: 'log.index.interval.bytes' }],
  },
  {
    name: 'max.compaction.lag.ms',
    type: 'long',
    defaultValue: unlimited,
    minimum: '1',
    documentation:
      'The longest that a record may go uncompacted, in milliseconds; for compacted topics. Without effect until compaction is there.',
    synonyms: [{ name: 'log.cleaner.max.compaction.lag.ms' }],
  },
  {
    name: 'max.message.bytes',
    type: 'int',
    defaultValue: '1048588',
    minimum: '0',
    maximum: largestInt,
    documentation: 'The largest record batch that is accepted, in bytes after compression.',
    synonyms: [{ name: 'message.max.bytes' }],
  },
  {
    name: 'message.timestamp.after.max.ms',
    type: 'long',
    defaultValue: '3600000',
    minimum: '0',
    documentation:
      "How far a record's timestamp may lie after the broker's time, in milliseconds; with message.timestamp.type=CreateTime.",
    synonyms: [{ name: 'log.message.timestamp.after.max.ms' }],
  },
  {
    name: 'message.timestamp.before.max.ms',
    type: 'long',
    defaultValue: unlimited,
    minimum: '0',
    documentation:
      "How far a record's timestamp may lie before the broker's time, in milliseconds; with message.timestamp.type=CreateTime.",
    synonyms: [{ name: 'log.message.timestamp.before.max.ms' }],
  },
  {
    name: 'message.timestamp.type',
    type: 'string',
    defaultValue: 'CreateTime',
    validValues: ['CreateTime', 'LogAppendTime'],
    documentation: 'Whether a record keeps the timestamp that its producer gave it or gets the time of its append.',
    synonyms: [{ name: 'log.message.timestamp.type' }],
  },
  {
    name: 'min.cleanable.dirty.ratio',
    type: 'double',
    defaultValue: '0.5',
    minimum: '0',
    maximum: '1',
    documentation:
      'Which part of a compacted log must be uncompacted before it is compacted again. Without effect until compaction is there.',
    synonyms: [{ name: 'log.cleaner.min.cleanable.ratio' }],
  },
  {
    name: 'min.compaction.lag.ms',
    type: 'long',
    defaultValue: '0',
    minimum: '0',
    documentation:
      'The shortest that a record stays uncompacted, in milliseconds; for compacted topics. Without effect until compaction is there.',
    synonyms: [{ name: 'log.cleaner.min.compaction.lag.ms' }],
  },
  {
    name: 'min.insync.replicas',
    type: 'int',
    defaultValue: '1',
    minimum: '1',
    maximum: largestInt,
    documentation: 'How many replicas must be in sync for a produce request with acks=all to be accepted.',
    synonyms: [{ name: 'min.insync.replicas' }],
  },
  {
    name: 'preallocate',
    type: 'boolean',
    defaultValue: 'false',
    documentation: 'Whether the file of a new segment gets its full size at once. Without effect.',
    synonyms: [{ name: 'log.preallocate' }],
  },
  {
    name: 'retention.bytes',
    type: 'long',
    defaultValue: '-1',
    minimum: '-1',
    documentation: 'How large a partition may grow before its oldest segments are dropped, in bytes; -1 for no limit.',
    synonyms: [{ name: 'log.retention.bytes' }],
  },
  {
    name: 'retention.ms',
    type: 'long',
    defaultValue: '604800000',
    minimum: '-1',
    documentation: 'How old a segment may grow before it is dropped, in milliseconds; -1 for no limit.',
    synonyms: [
      { name: 'log.retention.ms' },
      { name: 'log.retention.minutes', multiplier: minutes },
      { name: 'log.retention.hours', multiplier: hours },
    ],
  },
  {
    name: 'segment.bytes',
    type: 'int',
    defaultValue: '1073741824',
    minimum: '14',
    maximum: largestInt,
    documentation: 'How large a segment may grow before the next one is begun, in bytes.',
    synonyms: [{ name: 'log.segment.bytes' }],
  },
  {
    name: 'segment.index.bytes',
    type: 'int',
    defaultValue: '10485760',
    minimum: '4',
    maximum: largestInt,
    documentation:
      'How large the offset index of a segment may grow, in bytes. Without effect: it grows with its segment.',
    synonyms: [{ name: 'log.index.size.max.bytes' }],
  },
  {
    name: 'segment.jitter.ms',
    type: 'long',
    defaultValue: '0',
    minimum: '0',
    documentation:
      'How much earlier, at most and at random, a segment is ended by age, in milliseconds. Without effect.',
    synonyms: [{ name: 'log.roll.jitter.ms' }, { name: 'log.roll.jitter.hours', multiplier: hours }],
  },
  {
    name: 'segment.ms',
    type: 'long',
    defaultValue: '604800000',
    minimum: '1',
    documentation: 'How old a segment may grow before the next one is begun, in milliseconds.',
    synonyms: [{ name: 'log.roll.ms' }, { name: 'log.roll.hours', multiplier: hours }],
  },
  {
    name: 'streambus.flush',
    type: 'string',
    defaultValue: 'acked',
    validValues: ['acked', 'interval', 'os'],
    documentation:
      'When records are forced to disk: "acked" before they are acknowledged, "interval" every flush.interval.ms of the broker, "os" when the operating system likes.',
    synonyms: [{ name: 'flush.policy' }],
  },
  {
    name: 'unclean.leader.election.enable',
    type: 'boolean',
    defaultValue: 'false',
    documentation:
      'Whether a replica that is not in sync may lead when none that is lives, at the price of acknowledged records.',
    synonyms: [{ name: 'unclean.leader.election.enable' }],
  },
];
