import {
  type CommandAnswer,
  contentOf,
  type MetadataCommand,
  type MetadataState,
  type SingleCommand,
} from '@streambus/metadata';
import { type BatchContext, perform, type Told } from './model-commands.ts';
import { settleAll, type Verdicts } from './model-elections.ts';
import { emptyModel, type Model, type ModelPartition, partitionOf, Refused, topicOf } from './model-state.ts';

/** An answer as the model gives it: refusals without their words. */
export type ModelAnswer = Record<string, unknown>;

/** The metadata state machine once more, as dumb as can be: it copies everything, goes over everything, and remembers nothing. */
export class SequentialModel {
  #model: Model = emptyModel();

  apply(command: MetadataCommand): ModelAnswer {
    const draft = structuredClone(this.#model);
    const commands = command.kind === 'batch' ? command.commands : [command];
    const context = { takenIds: this.#model.topics.map(({ topicId }) => topicId), createdPartitionCount: 0 };
    const results: ModelAnswer[] = [];
    for (const [index, single] of commands.entries()) {
      try {
        results.push(applySingle(draft, single, context));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const where = command.kind === 'batch' ? { commandIndex: index } : {};
        return { status: 'refused', version: this.#model.version, code: error.code, ...where };
      }
    }
    draft.version += 1;
    this.#model = draft;
    const result = command.kind === 'batch' ? { kind: 'batch', results } : results[0];
    return { status: 'applied', version: draft.version, result };
  }

  /** All it knows, in the order in which a state has it. */
  plain(): unknown {
    const { brokers, topics, clusterConfigs, featureLevels, ...rest } = structuredClone(this.#model);
    brokers.sort((one, other) => one.brokerId - other.brokerId);
    topics.sort((one, other) => (one.name < other.name ? -1 : 1));
    return {
      ...rest,
      brokers: brokers.map((broker) => ({ ...broker, configs: entriesOf(broker.configs) })),
      topics: topics.map((topic) => ({ ...topic, configs: entriesOf(topic.configs) })),
      clusterConfigs: entriesOf(clusterConfigs),
      featureLevels: entriesOf(featureLevels),
    };
  }
}

/** A state as {@link SequentialModel.plain} says it. */
export function plainState(state: MetadataState): unknown {
  const { brokers, topics, clusterConfigs, featureLevels, ...rest } = contentOf(state);
  return {
    ...rest,
    brokers: Array.from(brokers, (broker) => ({ ...broker, configs: [...broker.configs] })),
    topics: Array.from(topics, (topic) => ({ ...topic, configs: [...topic.configs] })),
    clusterConfigs: [...clusterConfigs],
    featureLevels: [...featureLevels],
  };
}

/** An answer as the model gives it. */
export function plainAnswer(answer: CommandAnswer): ModelAnswer {
  if (answer.status === 'applied') return { ...answer };
  const { code, commandIndex } = answer.refusal;
  const where = commandIndex === undefined ? {} : { commandIndex };
  return { status: 'refused', version: answer.version, code, ...where };
}

function applySingle(model: Model, command: SingleCommand, context: BatchContext): ModelAnswer {
  const before = structuredClone(model);
  const verdicts: Verdicts = { unclean: new Set() };
  const told = perform(model, command, verdicts, context);
  settleAll(model, before, verdicts);
  return { kind: command.kind, ...resultOf(model, before, command, told) };
}

function resultOf(model: Model, before: Model, command: SingleCommand, told: Told): ModelAnswer {
  switch (command.kind) {
    case 'registerBroker': {
      const broker = model.brokers.find(({ brokerId }) => brokerId === command.brokerId);
      return { epoch: broker?.epoch, status: broker?.status };
    }
    case 'fenceBroker':
    case 'unfenceBroker':
    case 'drainBroker':
      return leaderMoves(model, before);
    case 'createTopic':
    case 'addPartitions': {
      const { topicId, partitions } = topicOf(model, command.name);
      const partitionCount = partitions.length;
      if (command.kind === 'addPartitions') return { partitionCount };
      return { topicId, partitionCount, replicationFactor: partitions[0]?.replicas.length };
    }
    case 'deleteTopic':
      return { topicId: topicOf(before, command.name).topicId };
    case 'changePartition':
    case 'beginReassignment':
    case 'finishReassignment':
    case 'cancelReassignment': {
      const { partitionEpoch, leaderEpoch, leader, isr } = partitionOf(model, command.name, command.partition);
      return { partitionEpoch, leaderEpoch, leader, isr };
    }
    case 'allocateProducerIds':
      return { ...told, count: command.count };
    default:
      return { ...told };
  }
}

function leaderMoves(model: Model, before: Model): ModelAnswer {
  const leaders = ({ topics }: Model): ModelPartition['leader'][] =>
    topics.flatMap(({ partitions }) => partitions.map(({ leader }) => leader));
  const old = leaders(before);
  const changed = leaders(model).filter((leader, index) => leader !== old[index]);
  const leaderlessCount = changed.filter((leader) => leader === undefined).length;
  return { movedLeaderCount: changed.length - leaderlessCount, leaderlessCount };
}

function entriesOf<Value>(record: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}
