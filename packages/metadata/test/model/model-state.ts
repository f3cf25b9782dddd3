import type { BrokerEndpoint, BrokerStatus, RefusalCode, SupportedFeature } from '@streambus/metadata';

/** The metadata of a cluster as plain, mutable objects: no sharing, nothing derived, nothing clever. */
export interface Model {
  version: number;
  brokers: ModelBroker[];
  topics: ModelTopic[];
  clusterConfigs: Record<string, string>;
  featureLevels: Record<string, number>;
  nextProducerId: number;
}

export interface ModelBroker {
  brokerId: number;
  incarnation: string;
  epoch: number;
  status: BrokerStatus;
  endpoints: BrokerEndpoint[];
  rack: string | undefined;
  supportedFeatures: SupportedFeature[];
  configs: Record<string, string>;
}

export interface ModelTopic {
  name: string;
  topicId: string;
  configs: Record<string, string>;
  partitions: ModelPartition[];
}

export interface ModelPartition {
  replicas: number[];
  isr: number[];
  eligibleReplicas: number[];
  leader: number | undefined;
  leaderEpoch: number;
  partitionEpoch: number;
  addingReplicas: number[];
  removingReplicas: number[];
}

/** Ends a command: nothing of it stays. */
export class Refused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode) {
    super(code);
    this.code = code;
  }
}

export function refuseIf(condition: boolean, code: RefusalCode): void {
  if (condition) throw new Refused(code);
}

export function emptyModel(): Model {
  return { version: 0, brokers: [], topics: [], clusterConfigs: {}, featureLevels: {}, nextProducerId: 0 };
}

export function brokerOf(model: Model, brokerId: number): ModelBroker {
  const broker = model.brokers.find((one) => one.brokerId === brokerId);
  if (broker === undefined) throw new Refused('UNKNOWN_BROKER');
  return broker;
}

export function processOf(model: Model, brokerId: number, incarnation: string): ModelBroker {
  const broker = brokerOf(model, brokerId);
  refuseIf(broker.incarnation !== incarnation, 'STALE_INCARNATION');
  return broker;
}

export function topicOf(model: Model, name: string): ModelTopic {
  const topic = model.topics.find((one) => one.name === name);
  if (topic === undefined) throw new Refused('UNKNOWN_TOPIC');
  return topic;
}

export function partitionOf(model: Model, name: string, index: number): ModelPartition {
  const partition = topicOf(model, name).partitions[index];
  if (partition === undefined) throw new Refused('UNKNOWN_PARTITION');
  return partition;
}

export function statusOf(model: Model, brokerId: number): BrokerStatus {
  return model.brokers.find((one) => one.brokerId === brokerId)?.status ?? 'fenced';
}

/** Of the first list those that are in the second. */
export function common(one: readonly number[], other: readonly number[]): number[] {
  return one.filter((member) => other.includes(member));
}

/** Of the first list those that are not in the second. */
export function without(one: readonly number[], other: readonly number[]): number[] {
  return one.filter((member) => !other.includes(member));
}
