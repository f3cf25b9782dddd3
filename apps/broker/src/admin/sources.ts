import type { FamilyFacts, LabelValues, MetricFamily, Sample } from './meters.ts';

/** One replica of a partition on this broker. */
export interface PartitionSample {
  readonly topic: string;
  readonly partition: number;
  /** All segments, without indexes. */
  readonly sizeBytes: number;
  readonly logStartOffset: number;
  /** The offset that the next record gets. */
  readonly logEndOffset: number;
  readonly highWatermark: number;
  readonly isLeader: boolean;
}

/** One consumer group that this broker coordinates. */
export interface GroupSample {
  readonly group: string;
  /** The protocol's name: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead`. */
  readonly state: string;
  readonly members: number;
}

/** How far a group is behind on one partition. */
export interface LagSample {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** High watermark less committed offset, at least 0. */
  readonly lagRecords: number;
}

/** A bounded queue. `docs/LIMITS.md` lists them. */
export interface QueueSample {
  readonly queue: string;
  readonly unit: 'bytes' | 'requests' | 'entries' | 'records' | 'connections';
  readonly depth: number;
  readonly limit: number;
}

/** Where this broker stands in the metadata quorum. */
export interface RaftSample {
  readonly role: 'follower' | 'candidate' | 'leader' | 'learner';
  readonly term: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
}

/**
 * Where a scrape reads what the broker's parts know anyway. Each is called once or more per scrape, never in between: they
 * may build their answer then, from plain objects, without waiting for anything.
 */
export interface MetricsSources {
  /** Open client connections. */
  connections(): number;
  partitions(): Iterable<PartitionSample>;
  groups(): Iterable<GroupSample>;
  lags(): Iterable<LagSample>;
  queues(): Iterable<QueueSample>;
  raft(): RaftSample;
}

const raftRoles: readonly RaftSample['role'][] = ['follower', 'candidate', 'leader', 'learner'];

/** The gauges that are read from the sources. */
export function gaugesFrom(sources: MetricsSources): readonly MetricFamily[] {
  return [
    gauge('streambus_connections', 'Open client connections.', [], () => [one(sources.connections())]),
    ...partitionGauges(sources),
    ...groupGauges(sources),
    ...queueGauges(sources),
    ...raftGauges(sources),
  ];
}

function partitionGauges({ partitions }: MetricsSources): readonly MetricFamily[] {
  const perPartition = (name: string, help: string, read: (sample: PartitionSample) => number): MetricFamily =>
    gauge(name, help, ['topic', 'partition'], function* () {
      for (const sample of partitions())
        yield { labels: [sample.topic, String(sample.partition)], value: read(sample) };
    });
  return [
    gauge('streambus_partitions', 'Partition replicas on this broker, by role.', ['role'], () =>
      countBy(['leader', 'follower'], partitions(), (sample) => (sample.isLeader ? 'leader' : 'follower')),
    ),
    perPartition('streambus_partition_size_bytes', "Bytes of a partition's segments.", (sample) => sample.sizeBytes),
    perPartition('streambus_partition_log_start_offset', 'The first offset kept.', (sample) => sample.logStartOffset),
    perPartition(
      'streambus_partition_log_end_offset',
      'The offset that the next record gets.',
      (sample) => sample.logEndOffset,
    ),
    perPartition(
      'streambus_partition_high_watermark_offset',
      'The offset up to which consumers may read.',
      (sample) => sample.highWatermark,
    ),
  ];
}

function groupGauges({ groups, lags }: MetricsSources): readonly MetricFamily[] {
  return [
    gauge('streambus_groups', 'Consumer groups, by state.', ['state'], () =>
      countBy([], groups(), (sample) => sample.state),
    ),
    gauge('streambus_group_members', 'Members of a consumer group.', ['group'], function* () {
      for (const sample of groups()) yield { labels: [sample.group], value: sample.members };
    }),
    gauge(
      'streambus_group_lag_records',
      "Records between a group's committed offset and the high watermark.",
      ['group', 'topic', 'partition'],
      function* () {
        for (const { group, topic, partition, lagRecords } of lags()) {
          yield { labels: [group, topic, String(partition)], value: lagRecords };
        }
      },
    ),
  ];
}

function queueGauges({ queues }: MetricsSources): readonly MetricFamily[] {
  return [
    gauge('streambus_queue_depth', 'What waits in a queue, in the unit of its label.', ['queue', 'unit'], function* () {
      for (const { queue, unit, depth } of queues()) yield { labels: [queue, unit], value: depth };
    }),
    gauge('streambus_queue_limit', 'What a queue may hold, in the unit of its label.', ['queue', 'unit'], function* () {
      for (const { queue, unit, limit } of queues()) yield { labels: [queue, unit], value: limit };
    }),
  ];
}

function raftGauges({ raft }: MetricsSources): readonly MetricFamily[] {
  return [
    gauge('streambus_raft_role', '1 for the role that this broker has in the metadata quorum.', ['role'], () => {
      const { role } = raft();
      return raftRoles.map((name) => ({ labels: [name], value: name === role ? 1 : 0 }));
    }),
    gauge('streambus_raft_term', 'The current term.', [], () => [one(raft().term)]),
    gauge('streambus_raft_last_index', 'The last index in the metadata log.', [], () => [one(raft().lastIndex)]),
    gauge('streambus_raft_commit_index', 'The last index known to be committed.', [], () => [one(raft().commitIndex)]),
    gauge('streambus_raft_applied_index', 'The last index applied to the state.', [], () => [one(raft().appliedIndex)]),
  ];
}

function one(value: number): Sample<number> {
  return { labels: [], value };
}

function countBy<Item>(
  known: readonly string[],
  items: Iterable<Item>,
  nameOf: (item: Item) => string,
): readonly Sample<number>[] {
  const counts = new Map<string, number>(known.map((name) => [name, 0]));
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return [...counts].map(([name, value]) => ({ labels: [name] as LabelValues, value }));
}

function gauge(
  name: FamilyFacts['name'],
  help: string,
  labelNames: readonly string[],
  collect: () => Iterable<Sample<number>>,
): MetricFamily {
  return { type: 'gauge', name, help, labelNames, collect };
}
