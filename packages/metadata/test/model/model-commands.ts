import {
  brokerConfigs,
  type CommandOf,
  type ConfigChange,
  type ElectionOutcome,
  isTopicId,
  type SingleCommand,
  topicConfigs,
  topicNameProblem,
  type UncleanElection,
  validateConfigs,
} from '@streambus/metadata';
import type { Verdicts } from './model-elections.ts';
import { place } from './model-placement.ts';
import {
  brokerOf,
  common,
  type Model,
  type ModelBroker,
  type ModelPartition,
  partitionOf,
  processOf,
  Refused,
  refuseIf,
  statusOf,
  topicOf,
  without,
} from './model-state.ts';

/** What commands of one batch share. */
export interface BatchContext {
  /** Ids that a topic had before the batch. */
  readonly takenIds: readonly string[];
  createdPartitionCount: number;
}

/** What a command says beyond what can be seen by comparing before and after. */
export type Told = { readonly elections?: readonly ElectionOutcome[]; readonly firstProducerId?: number };

/** Does to the model what a command asks for, but for elections. @throws Refused */
export function perform(model: Model, command: SingleCommand, verdicts: Verdicts, context: BatchContext): Told {
  switch (command.kind) {
    case 'registerBroker':
      return register(model, command, verdicts);
    case 'updateBroker': {
      const broker = processOf(model, command.brokerId, command.incarnation);
      const { endpoints, rack, supportedFeatures } = command;
      describe(model, broker, {
        endpoints: endpoints ?? broker.endpoints,
        rack: rack === undefined ? broker.rack : (rack ?? undefined),
        supportedFeatures: supportedFeatures ?? broker.supportedFeatures,
      });
      return {};
    }
    case 'fenceBroker':
      processOf(model, command.brokerId, command.incarnation).status = 'fenced';
      return {};
    case 'unfenceBroker':
      processOf(model, command.brokerId, command.incarnation).status = 'active';
      return {};
    case 'drainBroker':
      return drain(model, processOf(model, command.brokerId, command.incarnation));
    case 'unregisterBroker': {
      brokerOf(model, command.brokerId);
      refuseIf(
        partitionsOf(model).some(({ replicas }) => replicas.includes(command.brokerId)),
        'BROKER_IN_USE',
      );
      model.brokers = model.brokers.filter(({ brokerId }) => brokerId !== command.brokerId);
      return {};
    }
    case 'createTopic':
      return createTopic(model, command, context);
    case 'deleteTopic': {
      const topic = topicOf(model, command.name);
      refuseIf(command.topicId !== undefined && command.topicId !== topic.topicId, 'UNKNOWN_TOPIC_ID');
      model.topics = model.topics.filter((other) => other !== topic);
      return {};
    }
    case 'configureTopic': {
      const topic = topicOf(model, command.name);
      topic.configs = configured('topic', topic.configs, command.changes, command.replace);
      return {};
    }
    case 'configureBroker': {
      const owner = command.brokerId === undefined ? undefined : brokerOf(model, command.brokerId);
      const configs = configured('broker', owner?.configs ?? model.clusterConfigs, command.changes, command.replace);
      if (owner === undefined) model.clusterConfigs = configs;
      else owner.configs = configs;
      return {};
    }
    case 'addPartitions':
      return addPartitions(model, command, context);
    case 'changePartition':
      return changePartition(model, command);
    case 'electPreferredLeaders':
      return electPreferred(model, command);
    case 'electUncleanLeaders':
      return { elections: command.partitions.map((one) => electUnclean(model, one, verdicts)) };
    case 'beginReassignment': {
      const partition = partitionOf(model, command.name, command.partition);
      refuseIf(isMoving(partition), 'REASSIGNMENT_IN_PROGRESS');
      requireReplicas(model, command.targetReplicas);
      partition.addingReplicas = without(command.targetReplicas, partition.replicas);
      partition.removingReplicas = without(partition.replicas, command.targetReplicas);
      partition.replicas = [...command.targetReplicas, ...partition.removingReplicas];
      return {};
    }
    case 'finishReassignment': {
      const partition = movingPartition(model, command);
      refuseIf(without(partition.addingReplicas, partition.isr).length > 0, 'REASSIGNMENT_NOT_READY');
      endMove(partition, partition.removingReplicas);
      return {};
    }
    case 'cancelReassignment': {
      const partition = movingPartition(model, command);
      endMove(partition, partition.addingReplicas);
      return {};
    }
    case 'allocateProducerIds': {
      processOf(model, command.brokerId, command.incarnation);
      refuseIf(command.count < 1 || command.count > 1_000_000, 'INVALID_REQUEST');
      const firstProducerId = model.nextProducerId;
      model.nextProducerId += command.count;
      return { firstProducerId };
    }
    case 'setFeatureLevel': {
      const { name, level } = command;
      delete model.featureLevels[name];
      if (level > 0) model.featureLevels[name] = level;
      refuseIf(!model.brokers.every((broker) => supportsFeatures(model, broker)), 'INVALID_FEATURE');
      return {};
    }
  }
}

function register(model: Model, command: CommandOf<'registerBroker'>, verdicts: Verdicts): Told {
  const { brokerId, incarnation, previousIncarnation, mayHaveLostTail } = command;
  refuseIf(brokerId < 0 || incarnation === '' || previousIncarnation === '', 'INVALID_REQUEST');
  const known = model.brokers.find((broker) => broker.brokerId === brokerId);
  const broker: ModelBroker = known ?? {
    ...{ brokerId, incarnation: '', epoch: 0, status: 'fenced' as const },
    ...{ endpoints: [], rack: undefined, supportedFeatures: [], configs: {} },
  };
  if (known === undefined) model.brokers.push(broker);
  if (broker.incarnation !== incarnation) {
    const isOther = previousIncarnation !== undefined && previousIncarnation !== broker.incarnation;
    if (isOther) verdicts.lacking = { brokerId, lacks: 'everything' };
    else if (mayHaveLostTail === true) verdicts.lacking = { brokerId, lacks: 'tail' };
    Object.assign(broker, { incarnation, status: 'fenced', epoch: model.version + 1 });
  }
  describe(model, broker, {
    endpoints: command.endpoints,
    rack: command.rack,
    supportedFeatures: command.supportedFeatures ?? [],
  });
  return {};
}

type Description = Pick<CommandOf<'registerBroker'>, 'endpoints' | 'supportedFeatures'> & {
  readonly rack: string | undefined;
};

function describe(model: Model, broker: ModelBroker, { endpoints, rack, supportedFeatures = [] }: Description): void {
  refuseIf(endpoints.length === 0 || endpoints.some(({ port }) => port < 1 || port > 65535), 'INVALID_REQUEST');
  refuseIf(rack === '', 'INVALID_REQUEST');
  broker.endpoints = [...endpoints].sort((one, other) => (one.listener < other.listener ? -1 : 1));
  broker.rack = rack;
  broker.supportedFeatures = [...supportedFeatures].sort((one, other) => (one.name < other.name ? -1 : 1));
  refuseIf(!supportsFeatures(model, broker), 'INVALID_FEATURE');
}

function supportsFeatures(model: Model, broker: ModelBroker): boolean {
  return Object.entries(model.featureLevels).every(([name, level]) =>
    broker.supportedFeatures.some((one) => one.name === name && one.minLevel <= level && level <= one.maxLevel),
  );
}

function drain(model: Model, broker: ModelBroker): Told {
  refuseIf(broker.status === 'fenced', 'BROKER_STATUS_CONFLICT');
  broker.status = 'draining';
  for (const partition of partitionsOf(model)) {
    const next = partition.isr.find((brokerId) => statusOf(model, brokerId) === 'active');
    if (partition.leader === broker.brokerId && next !== undefined) partition.leader = next;
  }
  return {};
}

function createTopic(model: Model, command: CommandOf<'createTopic'>, context: BatchContext): Told {
  const { name, topicId, placement, configs = {} } = command;
  refuseIf(topicNameProblem(name) !== undefined, 'INVALID_TOPIC_NAME');
  refuseIf(!isTopicId(topicId), 'INVALID_REQUEST');
  const isTaken = model.topics.some((topic) => topic.name === name || topic.topicId === topicId);
  refuseIf(isTaken || context.takenIds.includes(topicId), 'TOPIC_EXISTS');
  validate('topic', configs);
  const replicas =
    placement.kind === 'automatic'
      ? placed(model, context, [], placement.partitionCount, placement.replicationFactor)
      : assigned(model, context, placement.replicas, placement.replicas[0]?.length ?? 0);
  model.topics.push({ name, topicId, configs: { ...configs }, partitions: replicas.map((ids) => created(model, ids)) });
  return {};
}

function addPartitions(model: Model, command: CommandOf<'addPartitions'>, context: BatchContext): Told {
  const { partitions } = topicOf(model, command.name);
  const count = command.totalCount - partitions.length;
  const present = partitions.map(({ replicas }) => replicas);
  const factor = present[0]?.length ?? 0;
  if (command.replicas === undefined) {
    partitions.push(...placed(model, context, present, count, factor).map((ids) => created(model, ids)));
    return {};
  }
  reserve(context, count);
  refuseIf(command.replicas.length !== count, 'INVALID_REPLICA_ASSIGNMENT');
  context.createdPartitionCount -= count;
  partitions.push(...assigned(model, context, command.replicas, factor).map((ids) => created(model, ids)));
  return {};
}

function created(model: Model, replicas: number[]): ModelPartition {
  const isr = replicas.filter((brokerId) => statusOf(model, brokerId) === 'active');
  return {
    ...{ replicas, isr, eligibleReplicas: [], leader: isr[0], leaderEpoch: 0, partitionEpoch: 0 },
    ...{ addingReplicas: [], removingReplicas: [] },
  };
}

function placed(model: Model, context: BatchContext, present: number[][], count: number, factor: number): number[][] {
  reserve(context, count);
  const activeCount = model.brokers.filter(({ status }) => status === 'active').length;
  refuseIf(factor < 1 || factor > activeCount, 'INVALID_REPLICATION_FACTOR');
  return place(model, present, count, factor);
}

function assigned(
  model: Model,
  context: BatchContext,
  lists: readonly (readonly number[])[],
  factor: number,
): number[][] {
  reserve(context, lists.length);
  for (const list of lists) {
    requireReplicas(model, list);
    const isUsable = list.length === factor && list.some((brokerId) => statusOf(model, brokerId) === 'active');
    refuseIf(!isUsable, 'INVALID_REPLICA_ASSIGNMENT');
  }
  return lists.map((list) => [...list]);
}

function reserve(context: BatchContext, count: number): void {
  refuseIf(count < 1 || context.createdPartitionCount + count > 10_000, 'INVALID_PARTITIONS');
  context.createdPartitionCount += count;
}

function requireReplicas(model: Model, replicas: readonly number[]): void {
  refuseIf(replicas.length === 0 || new Set(replicas).size < replicas.length, 'INVALID_REPLICA_ASSIGNMENT');
  for (const brokerId of replicas) brokerOf(model, brokerId);
}

function changePartition(model: Model, command: CommandOf<'changePartition'>): Told {
  const partition = partitionOf(model, command.name, command.partition);
  refuseIf(command.partitionEpoch !== partition.partitionEpoch, 'STALE_PARTITION_EPOCH');
  refuseIf(command.leaderEpoch !== undefined && command.leaderEpoch !== partition.leaderEpoch, 'STALE_LEADER_EPOCH');
  if (command.replicas !== undefined) {
    refuseIf(isMoving(partition), 'REASSIGNMENT_IN_PROGRESS');
    requireReplicas(model, command.replicas);
    partition.replicas = [...command.replicas];
  }
  if (command.isr !== undefined) {
    const wanted = command.isr.map(({ brokerId }) => brokerId);
    const isPart = common(partition.replicas, wanted).length === wanted.length && wanted.length > 0;
    refuseIf(!isPart, 'INVALID_REPLICA_ASSIGNMENT');
    for (const { brokerId, incarnation } of command.isr) {
      if (partition.isr.includes(brokerId)) continue;
      const broker = brokerOf(model, brokerId);
      const isCurrent = incarnation === undefined || incarnation === broker.incarnation;
      refuseIf(partition.leader === undefined || broker.status !== 'active' || !isCurrent, 'INELIGIBLE_REPLICA');
    }
    partition.isr = common(partition.replicas, wanted);
  }
  requireSurvivor(partition, partition.replicas, 'INVALID_REPLICA_ASSIGNMENT');
  partition.isr = common(partition.replicas, partition.isr);
  if (command.leader !== undefined) {
    const mayLead = command.leader === partition.leader || statusOf(model, command.leader) === 'active';
    refuseIf(!partition.isr.includes(command.leader) || !mayLead, 'ELECTION_NOT_POSSIBLE');
    partition.leader = command.leader;
  }
  return {};
}

function requireSurvivor(
  partition: ModelPartition,
  replicas: readonly number[],
  code: 'INVALID_REPLICA_ASSIGNMENT' | 'REASSIGNMENT_NOT_READY',
): void {
  const complete = partition.leader === undefined ? partition.eligibleReplicas : partition.isr;
  refuseIf(complete.length > 0 && common(complete, replicas).length === 0, code);
}

function isMoving({ addingReplicas, removingReplicas }: ModelPartition): boolean {
  return addingReplicas.length + removingReplicas.length > 0;
}

function movingPartition(model: Model, where: { readonly name: string; readonly partition: number }): ModelPartition {
  const partition = partitionOf(model, where.name, where.partition);
  refuseIf(!isMoving(partition), 'NO_REASSIGNMENT_IN_PROGRESS');
  return partition;
}

function endMove(partition: ModelPartition, leaving: readonly number[]): void {
  const replicas = without(partition.replicas, leaving);
  requireSurvivor(partition, replicas, 'REASSIGNMENT_NOT_READY');
  Object.assign(partition, { replicas, addingReplicas: [], removingReplicas: [] });
}

function electPreferred(model: Model, { partitions }: CommandOf<'electPreferredLeaders'>): Told {
  const all = [...model.topics]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({ name, partitions: own }) => own.map((_, partition) => ({ name, partition })));
  const elections = (partitions ?? all).map((where): ElectionOutcome => {
    const partition = findPartition(model, where);
    const preferred = partition?.replicas[0];
    if (partition === undefined || preferred === undefined) return { ...where, outcome: 'unknownPartition' };
    if (partition.leader === preferred) return { ...where, outcome: 'notNeeded' };
    const canLead = partition.isr.includes(preferred) && statusOf(model, preferred) === 'active';
    if (!canLead) return { ...where, outcome: 'notAvailable' };
    partition.leader = preferred;
    return { ...where, outcome: 'elected' };
  });
  return { elections: elections.filter(({ outcome }) => partitions !== undefined || outcome !== 'notNeeded') };
}

function electUnclean(model: Model, wanted: UncleanElection, verdicts: Verdicts): ElectionOutcome {
  const where = { name: wanted.name, partition: wanted.partition };
  const partition = findPartition(model, where);
  if (partition === undefined) return { ...where, outcome: 'unknownPartition' };
  if (partition.leader !== undefined) return { ...where, outcome: 'notNeeded' };
  const active = partition.replicas.filter((brokerId) => statusOf(model, brokerId) === 'active');
  const leader = wanted.leader === undefined ? active[0] : common(active, [wanted.leader])[0];
  if (leader === undefined) return { ...where, outcome: 'notAvailable' };
  Object.assign(partition, { isr: [leader], eligibleReplicas: [], leader });
  verdicts.unclean.add(partition);
  return { ...where, outcome: 'elected' };
}

function findPartition(
  model: Model,
  { name, partition }: { readonly name: string; readonly partition: number },
): ModelPartition | undefined {
  return model.topics.find((topic) => topic.name === name)?.partitions[partition];
}

function partitionsOf(model: Model): ModelPartition[] {
  return model.topics.flatMap((topic) => topic.partitions);
}

function configured(
  scope: 'topic' | 'broker',
  present: Readonly<Record<string, string>>,
  changes: readonly ConfigChange[],
  replace = false,
): Record<string, string> {
  const configs: Record<string, string> = replace ? {} : { ...present };
  const split = (text: string): string[] => text.split(',').filter((member) => member !== '');
  for (const change of changes) {
    const { operation, key } = change;
    refuseIf(!(scope === 'topic' ? topicConfigs : brokerConfigs).has(key), 'INVALID_CONFIG');
    if (operation === 'delete') delete configs[key];
    else if (operation === 'set') configs[key] = change.value;
    else {
      const definition = topicConfigs.get(key);
      refuseIf(definition?.type !== 'list', 'INVALID_CONFIG');
      const members = split(configs[key] ?? definition?.defaultValue ?? '');
      const named = split(change.value);
      const left = members.filter((member) => !named.includes(member));
      const added = named.filter((member) => !members.includes(member));
      configs[key] = (operation === 'append' ? [...members, ...added] : left).join(',');
    }
  }
  validate(scope, configs);
  return configs;
}

function validate(scope: 'topic' | 'broker', configs: Readonly<Record<string, string>>): void {
  try {
    validateConfigs(scope, new Map(Object.entries(configs)));
  } catch {
    throw new Refused('INVALID_CONFIG');
  }
}
