import { assert } from '@streambus/runtime';
import { supportsLevel } from './apply-brokers.ts';
import { contentOf, countLoads } from './content.ts';
import { minInsyncReplicas } from './election-rules.ts';
import { MetadataError } from './errors.ts';
import { isFenced, sameList } from './partition-transitions.ts';
import type { Broker, ConfigValues, MetadataState, Partition, Topic } from './state.ts';
import { validateConfigs } from './topic-configs.ts';
import { isTopicId, topicNameProblem } from './topic-name.ts';

/**
 * Holds the numbered invariants of {@link MetadataState}. Its time grows with the state, unless this one was found sound before.
 *
 * @throws InvariantError naming the invariant and its operands
 */
export function checkState(state: MetadataState): void {
  const violation = findViolation(state);
  assert(violation === undefined, () => `metadata invariant ${violation}`);
}

// A state never changes, so one that was sound stays so: a snapshot that was checked when it was read is not checked again.
const sound = new WeakSet<MetadataState>();

/** The first broken invariant, as `number: what is wrong`, or undefined: for a state that comes from outside. */
export function findViolation(state: MetadataState): string | undefined {
  if (sound.has(state)) return undefined;
  const violation = violationIn(state);
  if (violation === undefined) sound.add(state);
  return violation;
}

/** For whoever has held every invariant of a state while making it. */
export function noteSound(state: MetadataState): void {
  sound.add(state);
}

function violationIn(state: MetadataState): string | undefined {
  return headViolation(state) ?? brokersViolation(state) ?? topicsViolation(state) ?? loadsViolation(state);
}

/** What is wrong with what belongs to no broker and no topic. */
export function headViolation({
  clusterConfigs,
  featureLevels,
  nextProducerId,
}: Pick<MetadataState, 'clusterConfigs' | 'featureLevels' | 'nextProducerId'>): string | undefined {
  const violation = configsViolation('broker', clusterConfigs);
  if (violation !== undefined) return violation;
  if (!isSorted([...featureLevels.keys()])) return '11: feature levels are not in the order of their names';
  return isCount(nextProducerId) ? undefined : `14: next producer id is ${nextProducerId}`;
}

function brokersViolation(state: MetadataState): string | undefined {
  return firstOf(state.brokers, ([brokerId, broker]) => brokerViolation(state, brokerId, broker));
}

/** What is wrong with a broker under this id. */
export function brokerViolation(
  state: Pick<MetadataState, 'version' | 'featureLevels'>,
  brokerId: number,
  broker: Broker,
): string | undefined {
  if (broker.brokerId !== brokerId) return `1: broker ${broker.brokerId} is filed under ${brokerId}`;
  if (broker.epoch > state.version)
    return `1: broker ${brokerId} has epoch ${broker.epoch} at version ${state.version}`;
  const listeners = broker.endpoints.map((endpoint) => endpoint.listener);
  if (listeners.length === 0 || !isSorted(listeners)) return `1: broker ${brokerId} has the listeners ${listeners}`;
  for (const [name, level] of state.featureLevels) {
    if (!supportsLevel(broker.supportedFeatures, name, level)) return `13: broker ${brokerId} lacks ${name} ${level}`;
  }
  return configsViolation('broker', broker.configs);
}

function topicsViolation(state: MetadataState): string | undefined {
  if (state.topicNamesById.size !== state.topics.size) return '2: topics and topic ids differ in number';
  return firstOf(state.topics, ([name, topic]) => topicViolation(state, name, topic));
}

function topicViolation(state: MetadataState, name: string, topic: Topic): string | undefined {
  if (topic.name !== name) return `2: topic ${topic.name} is filed under ${name}`;
  if (state.topicNamesById.get(topic.topicId) !== name) return `2: the id of topic ${name} is not filed`;
  if (topic.partitions.length === 0) return `3: topic ${name} has no partition`;
  return topicHeadViolation(topic) ?? partitionsViolation(state, topic, topic.partitions, 0);
}

/** What is wrong with a topic, but for its partitions. */
export function topicHeadViolation({ name, topicId, configs }: Omit<Topic, 'partitions'>): string | undefined {
  const problem = topicNameProblem(name);
  if (problem !== undefined) return `2: topic name ${name}: ${problem}`;
  if (!isTopicId(topicId)) return `2: topic ${name} has the id ${topicId}`;
  return configsViolation('topic', configs);
}

/** What partitions are held against. */
type PartitionSurroundings = Pick<MetadataState, 'brokers' | 'clusterConfigs'>;

/** What is wrong with some partitions of a topic, of which the first has this number. */
export function partitionsViolation(
  state: PartitionSurroundings,
  topic: Omit<Topic, 'partitions'>,
  partitions: readonly Partition[],
  firstNumber: number,
): string | undefined {
  return firstOf(partitions.entries(), ([index, partition]) => {
    const violation = partitionViolation(state, topic, partition);
    return violation === undefined ? undefined : `${violation} (partition ${topic.name}-${firstNumber + index})`;
  });
}

function partitionViolation(
  state: PartitionSurroundings,
  topic: Omit<Topic, 'partitions'>,
  partition: Partition,
): string | undefined {
  const { replicas, leaderEpoch, partitionEpoch } = partition;
  if (replicas.length === 0 || new Set(replicas).size !== replicas.length) return `4: replicas are [${replicas}]`;
  const stranger = replicas.find((brokerId) => !state.brokers.has(brokerId));
  if (stranger !== undefined) return `4: replica ${stranger} is not registered`;
  const leadership = leadershipViolation(state, topic, partition);
  if (leadership !== undefined) return leadership;
  if (!isCount(leaderEpoch) || !isCount(partitionEpoch) || leaderEpoch > partitionEpoch) {
    return `10: leader epoch is ${leaderEpoch}, partition epoch is ${partitionEpoch}`;
  }
  return reassignmentViolation(partition);
}

function leadershipViolation(
  state: PartitionSurroundings,
  topic: Omit<Topic, 'partitions'>,
  partition: Partition,
): string | undefined {
  const { replicas, isr, eligibleReplicas: eligible, leader } = partition;
  const fenced = isr.filter((brokerId) => isFenced(state.brokers, brokerId));
  if (!isOrderedPart(replicas, isr)) return `5: ISR is [${isr}], replicas are [${replicas}]`;
  if (fenced.length > 0) return `5: ISR [${isr}] has the fenced ${fenced}`;
  if (leader === undefined ? isr.length > 0 : !isr.includes(leader)) return `6: leader is ${leader}, ISR is [${isr}]`;
  if (!isOrderedPart(replicas, eligible) || eligible.some((brokerId) => isr.includes(brokerId))) {
    return `7: eligible are [${eligible}], ISR is [${isr}], replicas are [${replicas}]`;
  }
  const required = minInsyncReplicas(state, topic, partition);
  if (eligible.length > 0 && isr.length >= required)
    return `7: eligible are [${eligible}], ISR [${isr}] has ${required}`;
  const live = eligible.filter((brokerId) => !isFenced(state.brokers, brokerId));
  return isr.length === 0 && live.length > 0 ? `8: the ISR is empty, the eligible ${live} live` : undefined;
}

function isOrderedPart(replicas: readonly number[], part: readonly number[]): boolean {
  return sameList(
    replicas.filter((brokerId) => part.includes(brokerId)),
    part,
  );
}

function reassignmentViolation({ replicas, addingReplicas, removingReplicas }: Partition): string | undefined {
  const moving = [...addingReplicas, ...removingReplicas];
  const areReplicas = moving.every((brokerId) => replicas.includes(brokerId));
  if (areReplicas && new Set(moving).size === moving.length && removingReplicas.length < replicas.length)
    return undefined;
  return `9: adding [${addingReplicas}], removing [${removingReplicas}], replicas are [${replicas}]`;
}

function loadsViolation(state: MetadataState): string | undefined {
  const counted = countLoads(contentOf(state));
  if (counted.size !== state.brokerLoads.size) return '12: broker loads and brokers differ in number';
  return firstOf(counted, ([brokerId, load]) => {
    const kept = state.brokerLoads.get(brokerId);
    return JSON.stringify(kept) === JSON.stringify(load)
      ? undefined
      : `12: load of broker ${brokerId} is ${JSON.stringify(kept)}, counted is ${JSON.stringify(load)}`;
  });
}

function configsViolation(scope: 'topic' | 'broker', configs: ConfigValues): string | undefined {
  if (!isSorted([...configs.keys()])) return `11: settings ${[...configs.keys()]} are not in order`;
  try {
    validateConfigs(scope, configs);
    return undefined;
  } catch (error) {
    if (error instanceof MetadataError) return `11: ${error.message}`;
    throw error;
  }
}

function firstOf<Member>(
  members: Iterable<Member>,
  violationOf: (member: Member) => string | undefined,
): string | undefined {
  for (const member of members) {
    const violation = violationOf(member);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

/** Whether texts are in ascending order, none twice. */
function isSorted(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? '') < text);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
