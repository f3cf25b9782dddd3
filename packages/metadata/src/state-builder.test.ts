import { createSeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyCommand } from './apply-command.ts';
import { findViolation } from './check-state.ts';
import { contentOf, emptyState, stateFromContent } from './content.ts';
import { diffStates, type MetadataDelta } from './delta.ts';
import { type Broker, type MetadataContent, type MetadataState, metadataVersion, type Topic } from './state.ts';
import { createStateBuilder, type StateParts } from './state-builder.ts';
import { createMetadataStateMachine } from './state-machine.ts';
import { randomCommand } from './testing/random-command.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 32 });

function randomState(seed: number, commands: number): MetadataState {
  const random = createSeededRandom(seed);
  let state = emptyState();
  for (let count = 0; count < commands; count += 1) state = applyCommand(state, randomCommand(random, state)).state;
  return state;
}

/** Gives all parts, the partitions of a topic so many at once. */
function give(parts: StateParts, { brokers, topics, ...head }: MetadataContent, partitionsAtOnce = 2): void {
  parts.setHead(head);
  for (const broker of brokers) parts.addBroker(broker);
  for (const { partitions, ...topic } of topics) {
    parts.addTopic(topic);
    for (let from = 0; from < partitions.length; from += partitionsAtOnce) {
      parts.addPartitions(partitions.slice(from, from + partitionsAtOnce));
    }
  }
  parts.end();
}

function violationOf(content: MetadataContent): string | undefined {
  const builder = createStateBuilder();
  give(builder, content);
  return builder.violation;
}

function plain(state: MetadataState): unknown {
  const { brokers, topics, topicNamesById, brokerLoads, ...rest } = state;
  return [[...brokers], [...topics], [...topicNamesById], [...brokerLoads], rest];
}

/** A state with two brokers and a topic of three partitions, to be broken. */
function sound(): { readonly content: MetadataContent; readonly topic: Topic; readonly broker: Broker } {
  const machine = createMetadataStateMachine();
  for (const brokerId of [1, 2]) {
    const endpoints = [{ listener: 'PLAINTEXT', host: 'localhost', port: 9092 }];
    machine.apply({ kind: 'registerBroker', brokerId, incarnation: 'a', endpoints });
    machine.apply({ kind: 'unfenceBroker', brokerId, incarnation: 'a' });
  }
  const topicId = '00000000-0000-4000-8000-000000000001';
  const placement = { kind: 'automatic', partitionCount: 3, replicationFactor: 2 } as const;
  machine.apply({ kind: 'createTopic', name: 'orders', topicId, placement });
  const { state } = machine;
  const [topic] = state.topics.values();
  const [broker] = state.brokers.values();
  return { content: contentOf(state), topic: topic as Topic, broker: broker as Broker };
}

describe('a state built of its parts', () => {
  it('is the state whose parts they are, and was found sound on the way', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), (seed, partitionsAtOnce) => {
        const state = randomState(seed, 150);
        const builder = createStateBuilder();
        give(builder, contentOf(state), partitionsAtOnce);
        expect(builder.violation).toBeUndefined();
        const built = builder.build();
        expect(plain(built)).toEqual(plain(state));
        expect(findViolation(stateFromContent(contentOf(built)))).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it('may have more topics than are filed at once', () => {
    const { content, topic } = sound();
    const topics = Array.from({ length: 1_000 }, (_, index) => ({
      ...topic,
      name: `topic-${String(index).padStart(4, '0')}`,
      topicId: `00000000-0000-4000-8000-${String(999 - index).padStart(12, '0')}`,
    }));
    const builder = createStateBuilder();
    give(builder, { ...content, brokers: [...content.brokers], topics });
    const state = builder.build();
    expect([...state.topics.values()]).toEqual(topics);
    expect([...state.topicNamesById]).toEqual(topics.map(({ topicId, name }) => [topicId, name]).reverse());
    expect(state.brokerLoads.get(1)?.replicaCount).toBe(3_000);
  });

  it('is not built of parts that break an invariant, which is known with the part that breaks it', () => {
    const { content, topic, broker } = sound();
    const brokers = [...content.brokers];
    const whole = { ...content, brokers, topics: [topic] };
    const [partition] = topic.partitions as [Topic['partitions'][number]];
    const withPartition = (changed: object): MetadataContent => {
      return { ...whole, topics: [{ ...topic, partitions: [partition, { ...partition, ...changed }] }] };
    };
    const broken: readonly (readonly [MetadataContent, string])[] = [
      [{ ...whole, brokers: [...brokers].reverse() }, '1: broker 1 comes after broker 2'],
      [{ ...whole, brokers: [broker, broker] }, '1: broker 1 comes after broker 1'],
      [{ ...whole, version: metadataVersion(0) }, '1: broker 1 has epoch 1 at version 0'],
      [{ ...whole, topics: [topic, topic] }, '2: topic orders comes after topic orders'],
      [
        {
          ...whole,
          topics: [
            { ...topic, name: 'b' },
            { ...topic, name: 'a' },
          ],
        },
        '2: topic a comes after topic b',
      ],
      [{ ...whole, topics: [topic, { ...topic, name: 'zoo' }] }, '2: topics orders and zoo have the id'],
      [{ ...whole, topics: [{ ...topic, name: '..' }] }, '2: topic name ..'],
      [{ ...whole, topics: [{ ...topic, topicId: 'x' }] }, '2: topic orders has the id x'],
      [{ ...whole, topics: [{ ...topic, partitions: [] }] }, '3: topic orders has no partition'],
      [
        {
          ...whole,
          topics: [
            { ...topic, partitions: [] },
            { ...topic, name: 'zoo' },
          ],
        },
        '3: topic orders has no partition',
      ],
      [withPartition({ replicas: [3] }), '4: replica 3 is not registered (partition orders-1)'],
      [withPartition({ isr: [3] }), '5: '],
      [withPartition({ leader: undefined }), '6: '],
      [withPartition({ leaderEpoch: 9 }), '10: '],
      [{ ...whole, clusterConfigs: new Map([['nonsense', '1']]) }, '11: '],
      [{ ...whole, topics: [{ ...topic, configs: new Map([['nonsense', '1']]) }] }, '11: '],
      [{ ...whole, featureLevels: new Map([['metadata.version', 2]]) }, '13: '],
      [{ ...whole, nextProducerId: -1 }, '14: '],
    ];
    for (const [parts, violation] of broken) {
      expect(violationOf(parts)?.slice(0, violation.length)).toBe(violation);
      const builder = createStateBuilder();
      give(builder, parts);
      expect(() => builder.build()).toThrow(violation);
    }
  });
});

describe('a restore', () => {
  it('changes nothing until it is finished; then listeners hear what lies between the two states', () => {
    fc.assert(
      fc.property(seeds, seeds, fc.integer({ min: 0, max: 80 }), (seed, other, commands) => {
        // Those of one seed have a common past, those of two do not.
        for (const [before, after] of [
          [randomState(seed, commands), randomState(seed, 80)],
          [randomState(seed, 80), randomState(other, commands)],
        ] as const) {
          const machine = createMetadataStateMachine();
          machine.restore(before);
          const heard: MetadataDelta[] = [];
          machine.onDelta((delta) => heard.push(delta));
          const restore = machine.beginRestore();
          give(restore, contentOf(after));
          expect([machine.state, heard.length]).toEqual([before, 0]);
          restore.finish();
          expect(plain(machine.state)).toEqual(plain(after));
          expect(heard).toEqual([diffStates(before, after)]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tells what it changed, also to a listener that came late, and of a state that was changed meanwhile', () => {
    const after = randomState(1, 60);
    const machine = createMetadataStateMachine();
    const restore = machine.beginRestore();
    give(restore, contentOf(after));
    const endpoints = [{ listener: 'PLAINTEXT', host: 'localhost', port: 9092 }];
    machine.apply({ kind: 'registerBroker', brokerId: 99, incarnation: 'a', endpoints });
    const heard: MetadataDelta[] = [];
    machine.onDelta((delta) => heard.push(delta));
    restore.finish();
    expect(heard).toEqual([expect.objectContaining({ fromVersion: 1, version: after.version, brokersRemoved: [99] })]);
  });

  it('that is given up, or broken, leaves the state as it was', () => {
    const { content, topic } = sound();
    const machine = createMetadataStateMachine();
    const before = machine.state;
    give(machine.beginRestore(), content);
    const broken = machine.beginRestore();
    give(broken, { ...content, brokers: [], topics: [topic] });
    expect(() => broken.finish()).toThrow('replica 1 is not registered');
    expect(machine.state).toBe(before);
  });
});
