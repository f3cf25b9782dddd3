import { createHash } from 'node:crypto';
import type { CommandResult, MetadataCommand, MetadataState, Partition } from '@streambus/metadata';

/** The prototype's names of what its integration test did, in its order. */
export const stepNames = [
  'register_brokers',
  'create_topic',
  'create_partitions',
  'update_leader',
  'update_ISR',
] as const;

export type StepName = (typeof stepNames)[number];

/** One of many alike: numbers from 0 have a broker, a topic, a partition of their own, so all of a step may run at once. */
interface Step {
  /** What is proposed; for what compares epochs, as the proposer reads them. */
  command(number: number, state: MetadataState): MetadataCommand;
  /** What a state shows of it. */
  shown(number: number, state: MetadataState): unknown;
  /** What a state shows of it that has it, by the answer. */
  answered(number: number, result: CommandResult): unknown;
}

/** Of the registered brokers so many are unfenced before topics are placed, in so many racks. */
export const activeBrokers = 9;
const rackCount = 3;
const replicationFactor = 3;
const partitionCount = 3;

export const steps: Readonly<Record<StepName, Step>> = {
  register_brokers: {
    command: (number) => ({
      kind: 'registerBroker',
      brokerId: number + 1,
      incarnation: incarnationOf(number),
      endpoints: [{ listener: 'PLAINTEXT', host: '127.0.0.1', port: 1 + number }],
      rack: `rack-${number % rackCount}`,
    }),
    shown: (number, state) => {
      const broker = state.brokers.get(number + 1);
      return { epoch: broker?.epoch, incarnation: broker?.incarnation };
    },
    answered: (number, result) => ({
      epoch: only('registerBroker', result).epoch,
      incarnation: incarnationOf(number),
    }),
  },
  create_topic: {
    command: (number) => ({
      kind: 'createTopic',
      name: topicOf(number),
      topicId: uuidOf(number),
      placement: { kind: 'automatic', partitionCount: 1, replicationFactor },
    }),
    shown: (number, state) => {
      const topic = state.topics.get(topicOf(number));
      return { topicId: topic?.topicId, partitions: topic?.partitions.length };
    },
    answered: (_number, result) => {
      const { topicId, partitionCount: partitions } = only('createTopic', result);
      return { topicId, partitions };
    },
  },
  create_partitions: {
    command: (number) => ({ kind: 'addPartitions', name: topicOf(number), totalCount: partitionCount }),
    shown: (number, state) => state.topics.get(topicOf(number))?.partitions.length,
    answered: (_number, result) => only('addPartitions', result).partitionCount,
  },
  update_leader: {
    command(number, state) {
      const { partitionEpoch, leaderEpoch, isr } = partitionOf(number, state);
      const leader = at(isr, 1);
      return { kind: 'changePartition', name: topicOf(number), partition: 0, partitionEpoch, leaderEpoch, leader };
    },
    shown: (number, state) => placeOf(partitionOf(number, state)),
    answered: (_number, result) => placeOf(only('changePartition', result)),
  },
  update_ISR: {
    command(number, state) {
      const { partitionEpoch, leaderEpoch, isr } = partitionOf(number, state);
      const members = isr.slice(0, 2).map((brokerId) => ({ brokerId, incarnation: incarnationOf(brokerId - 1) }));
      return {
        kind: 'changePartition',
        name: topicOf(number),
        partition: 0,
        partitionEpoch,
        leaderEpoch,
        isr: members,
      };
    },
    shown: (number, state) => placeOf(partitionOf(number, state)),
    answered: (_number, result) => placeOf(only('changePartition', result)),
  },
};

/** What is wrong with what a state has of a number after all steps; undefined when nothing is. */
export function problemAtTheEnd(number: number, state: MetadataState): string | undefined {
  const broker = state.brokers.get(number + 1);
  const topic = state.topics.get(topicOf(number));
  const [first, ...others] = topic?.partitions ?? [];
  const isRight =
    broker?.incarnation === incarnationOf(number) &&
    topic?.topicId === uuidOf(number) &&
    others.length === partitionCount - 1 &&
    others.every((partition) => isAsPlaced(partition)) &&
    first !== undefined &&
    isUpdatedOnce(first);
  return isRight ? undefined : `number ${number}: ${JSON.stringify({ broker, topic })}`;
}

/** Nothing has changed it since its topic got it. */
function isAsPlaced({ replicas, isr, leader, leaderEpoch, partitionEpoch }: Partition): boolean {
  const isWhole = replicas.length === replicationFactor && `${isr}` === `${replicas}` && leader === replicas[0];
  return isWhole && leaderEpoch === 0 && partitionEpoch === 0;
}

/** It got another leader once, and a smaller ISR once. */
function isUpdatedOnce({ replicas, isr, leader, leaderEpoch, partitionEpoch }: Partition): boolean {
  return leader === replicas[1] && `${isr}` === `${replicas.slice(0, 2)}` && leaderEpoch === 1 && partitionEpoch === 2;
}

function placeOf({
  partitionEpoch,
  leaderEpoch,
  leader,
  isr,
}: Pick<Partition, 'partitionEpoch' | 'leaderEpoch' | 'leader' | 'isr'>) {
  return { partitionEpoch, leaderEpoch, leader, isr };
}

function partitionOf(number: number, state: MetadataState): Partition {
  const partition = state.topics.get(topicOf(number))?.partitions[0];
  if (partition === undefined) throw new Error(`there is no ${topicOf(number)}-0`);
  return partition;
}

function only<Kind extends CommandResult['kind']>(kind: Kind, result: CommandResult) {
  if (result.kind !== kind) throw new Error(`a ${kind} was answered as a ${result.kind}`);
  return result as Extract<CommandResult, { readonly kind: Kind }>;
}

function topicOf(number: number): string {
  return `topic-${String(number).padStart(6, '0')}`;
}

export function incarnationOf(number: number): string {
  return `incarnation-${number}`;
}

/** The same on every node, so that each can tell what a topic's has to be. */
function uuidOf(number: number): string {
  const digits = createHash('sha256').update(`topic ${number}`).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new Error(`there are ${values.length} values, and none at ${index}`);
  return value;
}
