import {
  applyCommand,
  type CommandKind,
  type CommandOf,
  checkState,
  emptyState,
  type MetadataCommand,
  type MetadataState,
  type Partition,
  type Refusal,
  type ResultOf,
  type SingleCommand,
  type Topic,
} from '@streambus/metadata';
import { expect } from 'vitest';

// How tests talk to the state machine: every state is checked, and what is expected to be applied or refused is.

export const endpoints = [{ listener: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }];

export function apply<Kind extends CommandKind>(
  state: MetadataState,
  command: CommandOf<Kind>,
): [MetadataState, ResultOf<Kind>] {
  const { state: next, answer } = applyCommand(state, command);
  checkState(next);
  if (answer.status !== 'applied') throw new Error(`refused: ${answer.refusal.message}`);
  return [next, answer.result as ResultOf<Kind>];
}

export function run(state: MetadataState, ...commands: readonly MetadataCommand[]): MetadataState {
  return commands.reduce((present, command) => apply(present, command)[0], state);
}

export function refusalOf(state: MetadataState, command: MetadataCommand): Refusal {
  const { state: next, answer, delta } = applyCommand(state, command);
  expect(next).toBe(state);
  expect(delta).toBeUndefined();
  if (answer.status !== 'refused') throw new Error(`applied: ${JSON.stringify(answer.result)}`);
  return answer.refusal;
}

export function identity(brokerId: number, start = 1): { readonly brokerId: number; readonly incarnation: string } {
  return { brokerId, incarnation: `broker ${brokerId}, start ${start}` };
}

export function topicId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function liveBrokers(count: number): MetadataState {
  const commands = Array.from({ length: count }, (_, index): SingleCommand[] => [
    { kind: 'registerBroker', ...identity(index + 1), endpoints, supportedFeatures: [] },
    { kind: 'unfenceBroker', ...identity(index + 1) },
  ]);
  return run(emptyState(), { kind: 'batch', commands: commands.flat() });
}

export function createTopic(
  name: string,
  number: number,
  replicas: readonly (readonly number[])[],
): CommandOf<'createTopic'> {
  return { kind: 'createTopic', name, topicId: topicId(number), placement: { kind: 'explicit', replicas } };
}

export function topicOf(state: MetadataState, name: string): Topic {
  const topic = state.topics.get(name);
  if (topic === undefined) throw new Error(`no topic ${name}`);
  return topic;
}

export function partitionOf(state: MetadataState, name: string, index = 0): Partition {
  const partition = topicOf(state, name).partitions[index];
  if (partition === undefined) throw new Error(`no partition ${name}-${index}`);
  return partition;
}

export function withIsr(
  state: MetadataState,
  name: string,
  isr: readonly number[],
  index = 0,
): CommandOf<'changePartition'> {
  const members = isr.map((brokerId) => ({ brokerId }));
  const { partitionEpoch } = partitionOf(state, name, index);
  return { kind: 'changePartition', name, partition: index, partitionEpoch, isr: members };
}
