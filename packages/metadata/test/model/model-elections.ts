import { common, type Model, type ModelPartition, type ModelTopic, statusOf, without } from './model-state.ts';

/** What one command says of elections beside the fields that it changes. */
export interface Verdicts {
  /** A broker that came back, and what it lacks. */
  lacking?: { brokerId: number; lacks: 'tail' | 'everything' };
  /** Partitions whose past counts no more. */
  unclean: Set<ModelPartition>;
}

/**
 * Goes over every partition of the cluster, concerned or not, and says by the rules who is in sync, eligible, and leads; then counts the epochs
 * against how the cluster was before.
 */
export function settleAll(model: Model, before: Model, verdicts: Verdicts): void {
  for (const topic of model.topics) {
    const old = before.topics.find((one) => one.topicId === topic.topicId);
    for (const [index, partition] of topic.partitions.entries()) {
      const previous = old?.partitions[index];
      settle(model, topic, partition, previous ?? partition, verdicts);
      if (previous !== undefined) countEpochs(partition, previous);
    }
  }
}

function settle(
  model: Model,
  topic: ModelTopic,
  partition: ModelPartition,
  previous: ModelPartition,
  { lacking, unclean }: Verdicts,
): void {
  const { replicas } = partition;
  const live = (brokerIds: readonly number[]): number[] =>
    brokerIds.filter((brokerId) => statusOf(model, brokerId) !== 'fenced');
  partition.isr = live(common(replicas, partition.isr));
  const required = Math.min(
    Number(setting(model, topic, 'min.insync.replicas') ?? 1),
    without(replicas, partition.addingReplicas).length,
  );
  const had = unclean.has(partition) ? [] : [...previous.isr, ...previous.eligibleReplicas];
  let complete = without(common(replicas, had), partition.isr);
  if (lacking !== undefined && complete.includes(lacking.brokerId)) {
    const others = without(complete, [lacking.brokerId]);
    const isAlone = others.length === 0 && partition.isr.length === 0;
    if (lacking.lacks === 'everything' || !isAlone) complete = others;
  }
  if (partition.isr.length === 0) {
    const next = preferActive(model, live(complete));
    const dirty = replicas.find((brokerId) => statusOf(model, brokerId) === 'active');
    if (next !== undefined) partition.isr = [next];
    else if (setting(model, topic, 'unclean.leader.election.enable') === 'true' && dirty !== undefined) {
      partition.isr = [dirty];
      complete = [];
    }
  }
  partition.eligibleReplicas = partition.isr.length >= required ? [] : without(complete, partition.isr);
  if (partition.leader === undefined || !partition.isr.includes(partition.leader)) {
    partition.leader = preferActive(model, partition.isr);
  }
}

/** The first active one, or else the first. */
function preferActive(model: Model, brokerIds: readonly number[]): number | undefined {
  return brokerIds.find((brokerId) => statusOf(model, brokerId) === 'active') ?? brokerIds[0];
}

function setting(model: Model, topic: ModelTopic, key: string): string | undefined {
  return topic.configs[key] ?? model.clusterConfigs[key];
}

function countEpochs(partition: ModelPartition, previous: ModelPartition): void {
  if (partition.leader !== previous.leader) partition.leaderEpoch = previous.leaderEpoch + 1;
  const fields = (one: ModelPartition): string =>
    JSON.stringify([
      ...[one.replicas, one.isr, one.eligibleReplicas, one.leader ?? null],
      ...[one.addingReplicas, one.removingReplicas],
    ]);
  if (fields(partition) !== fields(previous)) partition.partitionEpoch = previous.partitionEpoch + 1;
}
