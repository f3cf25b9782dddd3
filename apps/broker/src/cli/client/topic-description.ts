import type { Admin } from '@platformatic/kafka';

/** What a cluster says about one topic. */
export interface TopicDescription {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: readonly PartitionDescription[];
  /** What was set for this topic; all else is the broker's default. */
  readonly configs: Readonly<Record<string, string>>;
}

interface PartitionDescription {
  readonly partition: number;
  /** -1: none now. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
  readonly startOffset: number;
  readonly endOffset: number;
}

const topicResource = 2;
/** DescribeConfigs: the value was set for this topic. */
const dynamicTopicConfig = 1;
const earliest = -2n;
const latest = -1n;

/** Asks for partitions, offsets and configuration. */
export async function describeTopic(admin: Admin, topic: string): Promise<TopicDescription> {
  const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
  const known = topics.get(topic);
  const partitions = known?.partitions ?? [];
  const [starts, ends, configs] = await Promise.all([
    listOffsets(admin, topic, partitions.length, earliest),
    listOffsets(admin, topic, partitions.length, latest),
    readConfigs(admin, topic),
  ]);
  return {
    topic,
    topicId: known?.id ?? '',
    partitions: partitions.map(({ leader, replicas, isr }, partition) => ({
      partition,
      leader,
      replicas,
      inSyncReplicas: isr,
      startOffset: starts.get(partition) ?? -1,
      endOffset: ends.get(partition) ?? -1,
    })),
    configs,
  };
}

async function listOffsets(
  admin: Admin,
  topic: string,
  count: number,
  timestamp: bigint,
): Promise<ReadonlyMap<number, number>> {
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
  const answer = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
  return new Map(
    answer.flatMap(({ partitions: listed }) =>
      listed.map((each) => [each.partitionIndex, Number(each.offset)] as const),
    ),
  );
}

async function readConfigs(admin: Admin, topic: string): Promise<Readonly<Record<string, string>>> {
  const [answer] = await admin.describeConfigs({ resources: [{ resourceType: topicResource, resourceName: topic }] });
  const own = (answer?.configs ?? []).filter((config) => config.configSource === dynamicTopicConfig);
  return Object.fromEntries(own.map((config) => [config.name, config.value ?? '']));
}
