import type { BrokerStatusResult, PlainResult, RegisterBrokerResult } from './answers.ts';
import type {
  DrainBrokerCommand,
  FenceBrokerCommand,
  RegisterBrokerCommand,
  UnfenceBrokerCommand,
  UnregisterBrokerCommand,
  UpdateBrokerCommand,
} from './commands.ts';
import { quoted } from './config-schema.ts';
import type { Draft } from './draft.ts';
import { type ElectionRules, electionRules } from './election-rules.ts';
import { firstActive, type Lack, ledBy, settled, type WantedPartition } from './elections.ts';
import { MetadataError } from './errors.ts';
import type { Brokers } from './partition-transitions.ts';
import type { Broker, BrokerEndpoint, BrokerStatus, Partition, SupportedFeature } from './state.ts';

export function registerBroker(draft: Draft, command: RegisterBrokerCommand): RegisterBrokerResult {
  const { brokerId, incarnation } = command;
  if (!Number.isInteger(brokerId) || brokerId < 0 || brokerId > 0x7fffffff) {
    throw invalid(`broker id is ${brokerId}; it must be an integer from 0 to 2147483647`);
  }
  requireText('incarnation', incarnation, 64);
  if (typeof command.previousIncarnation === 'string') {
    requireText('previous incarnation', command.previousIncarnation, 64);
  }
  const known = draft.brokers.get(brokerId);
  if (known !== undefined && known.incarnation !== incarnation) {
    changeStatus(draft, known, 'fenced', lackOf(command, known));
  }
  const isSameProcess = known?.incarnation === incarnation;
  const broker: Broker = {
    brokerId,
    incarnation,
    epoch: isSameProcess ? known.epoch : draft.version,
    status: isSameProcess ? known.status : 'fenced',
    endpoints: checkedEndpoints(command.endpoints),
    rack: checkedRack(command.rack),
    supportedFeatures: checkedFeatures(draft, command.supportedFeatures ?? []),
    configs: known?.configs ?? new Map(),
  };
  draft.putBroker(broker);
  return { kind: 'registerBroker', epoch: broker.epoch, status: broker.status };
}

export function updateBroker(draft: Draft, command: UpdateBrokerCommand): PlainResult {
  const broker = draft.requireIncarnation(command.brokerId, command.incarnation);
  const { endpoints, rack, supportedFeatures } = command;
  draft.putBroker({
    ...broker,
    endpoints: endpoints === undefined ? broker.endpoints : checkedEndpoints(endpoints),
    rack: rack === undefined ? broker.rack : checkedRack(rack ?? undefined),
    supportedFeatures:
      supportedFeatures === undefined ? broker.supportedFeatures : checkedFeatures(draft, supportedFeatures),
  });
  return { kind: 'updateBroker' };
}

export function fenceBroker(draft: Draft, command: FenceBrokerCommand): BrokerStatusResult {
  const broker = draft.requireIncarnation(command.brokerId, command.incarnation);
  return { kind: 'fenceBroker', ...changeStatus(draft, broker, 'fenced') };
}

export function unfenceBroker(draft: Draft, command: UnfenceBrokerCommand): BrokerStatusResult {
  const broker = draft.requireIncarnation(command.brokerId, command.incarnation);
  return { kind: 'unfenceBroker', ...changeStatus(draft, broker, 'active') };
}

export function drainBroker(draft: Draft, command: DrainBrokerCommand): BrokerStatusResult {
  const broker = draft.requireIncarnation(command.brokerId, command.incarnation);
  if (broker.status === 'fenced') {
    throw new MetadataError(
      'BROKER_STATUS_CONFLICT',
      `broker ${broker.brokerId} is fenced; only an active broker can be drained`,
    );
  }
  return { kind: 'drainBroker', ...changeStatus(draft, broker, 'draining') };
}

export function unregisterBroker(draft: Draft, { brokerId }: UnregisterBrokerCommand): PlainResult {
  draft.requireBroker(brokerId);
  const { replicaCount } = draft.loadOf(brokerId);
  if (replicaCount > 0) {
    throw new MetadataError(
      'BROKER_IN_USE',
      `broker ${brokerId} holds ${replicaCount} replicas; it must hold none to be unregistered`,
    );
  }
  draft.removeBroker(brokerId);
  return { kind: 'unregisterBroker' };
}

/** What a new process of a known broker does not have of what the process before it acknowledged. */
function lackOf({ previousIncarnation, mayHaveLostTail }: RegisterBrokerCommand, known: Broker): Lack {
  if (previousIncarnation !== undefined && previousIncarnation !== known.incarnation) return 'everything';
  return mayHaveLostTail === true ? 'tail' : 'nothing';
}

/** Gives a broker a status, and every partition that this concerns the leader that follows from it. */
function changeStatus(
  draft: Draft,
  broker: Broker,
  status: BrokerStatus,
  lacks: Lack = 'nothing',
): Omit<BrokerStatusResult, 'kind'> {
  let movedLeaderCount = 0;
  let leaderlessCount = 0;
  draft.putBroker({ ...broker, status });
  // Whoever holds nothing concerns no partition: thousands of brokers may come before their first topic.
  if (draft.loadOf(broker.brokerId).replicaCount === 0) return { movedLeaderCount, leaderlessCount };
  const change: StatusChange = { brokers: draft.brokers, deficient: { brokerId: broker.brokerId, lacks }, status };
  for (const topic of draft.topics.values()) {
    const rules = electionRules(topic.configs, draft.clusterConfigs);
    draft.changePartitions(topic, (before) => {
      const after = withBrokerStatus(rules, before, change);
      if (after.leader !== before.leader) {
        if (after.leader === undefined) leaderlessCount += 1;
        else movedLeaderCount += 1;
      }
      return after;
    });
  }
  return { movedLeaderCount, leaderlessCount };
}

interface StatusChange {
  readonly brokers: Brokers;
  readonly deficient: NonNullable<WantedPartition['deficient']>;
  readonly status: BrokerStatus;
}

function withBrokerStatus(rules: ElectionRules, partition: Partition, change: StatusChange): Partition {
  const { isr, eligibleReplicas, leader } = partition;
  const { brokers, deficient, status } = change;
  const { brokerId, lacks } = deficient;
  switch (status) {
    case 'fenced': {
      const concerned = isr.includes(brokerId) || (lacks !== 'nothing' && eligibleReplicas.includes(brokerId));
      if (!concerned) return partition;
      return settled(brokers, rules, partition, { isr: isr.filter((member) => member !== brokerId), deficient });
    }
    case 'active':
      return leader === undefined ? settled(brokers, rules, partition, {}) : partition;
    case 'draining': {
      const next = leader === brokerId ? firstActive(brokers, isr) : undefined;
      return next === undefined ? partition : ledBy(partition, next);
    }
  }
}

function checkedEndpoints(endpoints: readonly BrokerEndpoint[]): readonly BrokerEndpoint[] {
  if (endpoints.length < 1 || endpoints.length > 100) {
    throw invalid(`a broker has ${endpoints.length} endpoints; it must have 1 to 100`);
  }
  for (const { listener, host, port } of endpoints) {
    requireText('listener', listener, 249);
    requireText('host', host, 255);
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      throw invalid(`port of listener ${quoted(listener)} is ${port}; it must be an integer from 1 to 65535`);
    }
  }
  const sorted = sortedByText(endpoints, (endpoint) => endpoint.listener);
  const repeated = sorted.find((endpoint, index) => endpoint.listener === sorted[index - 1]?.listener);
  if (repeated !== undefined) throw invalid(`listener ${quoted(repeated.listener)} is given twice; names must differ`);
  return sorted;
}

function checkedRack(rack: string | undefined): string | undefined {
  if (rack !== undefined) requireText('rack', rack, 249);
  return rack;
}

function checkedFeatures(draft: Draft, features: readonly SupportedFeature[]): readonly SupportedFeature[] {
  for (const { name, minLevel, maxLevel } of features) {
    requireText('feature name', name, 249);
    if (!isLevel(minLevel) || !isLevel(maxLevel) || minLevel > maxLevel) {
      throw invalid(`feature ${quoted(name)} is supported from ${minLevel} to ${maxLevel}; allowed is 0 to 32767`);
    }
  }
  const sorted = sortedByText(features, (feature) => feature.name);
  const repeated = sorted.find((feature, index) => feature.name === sorted[index - 1]?.name);
  if (repeated !== undefined) throw invalid(`feature ${quoted(repeated.name)} is given twice; names must differ`);
  for (const [name, level] of draft.featureLevels) {
    if (supportsLevel(sorted, name, level)) continue;
    throw new MetadataError('INVALID_FEATURE', `feature ${name} is in force at level ${level}, which the broker lacks`);
  }
  return sorted;
}

/** Whether a feature level is among those that a broker supports. */
export function supportsLevel(features: readonly SupportedFeature[], name: string, level: number): boolean {
  return features.some((feature) => feature.name === name && feature.minLevel <= level && level <= feature.maxLevel);
}

/** Whether a number can be a feature level. */
export function isLevel(level: number): boolean {
  return Number.isInteger(level) && level >= 0 && level <= 32767;
}

function sortedByText<Member>(members: readonly Member[], textOf: (member: Member) => string): readonly Member[] {
  return [...members].sort((one, other) => (textOf(one) < textOf(other) ? -1 : textOf(one) > textOf(other) ? 1 : 0));
}

function requireText(what: string, text: string, maxLength: number): void {
  if (text.length >= 1 && text.length <= maxLength) return;
  throw invalid(`${what} is ${quoted(text)}; it must have 1 to ${maxLength} characters`);
}

function invalid(message: string): MetadataError {
  return new MetadataError('INVALID_REQUEST', message);
}
