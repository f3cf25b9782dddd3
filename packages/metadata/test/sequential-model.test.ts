import { isDeepStrictEqual } from 'node:util';
import {
  applyCommand,
  checkState,
  contentOf,
  createMetadataStateMachine,
  emptyState,
  type MetadataCommand,
  type MetadataState,
  type SingleCommand,
  stateFromContent,
} from '@streambus/metadata';
import { randomCommand } from '@streambus/metadata/testing';
import { createSeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { plainAnswer, plainState, SequentialModel } from './model/sequential-model.ts';

// What is computed a hundred thousand times takes longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const seeds = fc.integer({ min: 0, max: 2 ** 32 });

/** Commands that fit the state that those before them leave behind. */
function randomCommands(seed: number, count: number): MetadataCommand[] {
  const random = createSeededRandom(seed);
  const commands: MetadataCommand[] = [];
  let state = emptyState();
  while (commands.length < count) {
    const command = randomCommand(random, state);
    commands.push(command);
    state = applyCommand(state, command).state;
  }
  return commands;
}

function replay(state: MetadataState, commands: readonly MetadataCommand[]): MetadataState {
  return commands.reduce((present, command) => applyCommand(present, command).state, state);
}

/** Ten times as quick as `toEqual` while nothing is wrong. */
function expectSame(found: unknown, wanted: unknown, after: MetadataCommand): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found, `after ${JSON.stringify(after)}`).toStrictEqual(wanted);
}

describe('the state machine beside a model that copies everything and is never clever', () => {
  it('gives the same answers and the same states, whatever the commands', () => {
    const refused = new Set<string>();
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = new SequentialModel();
        let state = emptyState();
        for (const command of randomCommands(seed, 120)) {
          const { state: next, answer } = applyCommand(state, command);
          state = next;
          expectSame(plainAnswer(answer), model.apply(command), command);
          expectSame(plainState(state), model.plain(), command);
          checkState(state);
          if (answer.status === 'refused') refused.add(answer.refusal.code);
        }
      }),
      { numRuns: 60 },
    );
    expect(refused.size).toBeGreaterThan(15);
  });

  it('passes through partitions that are leaderless, eligible, and saved by an eligible replica', () => {
    const seen = { leaderless: 0, eligible: 0, saved: 0, lost: 0 };
    for (let seed = 0; seed < 60; seed += 1) {
      let state = emptyState();
      for (const command of randomCommands(seed, 120)) {
        const { state: next, delta } = applyCommand(state, command);
        state = next;
        for (const { before, after } of delta?.partitions ?? []) {
          if (after === undefined) continue;
          seen.leaderless += after.leader === undefined ? 1 : 0;
          seen.eligible += after.eligibleReplicas.length > 0 && after.leader !== undefined ? 1 : 0;
          const leader = after.leader;
          seen.saved += leader !== undefined && before?.eligibleReplicas.includes(leader) ? 1 : 0;
          seen.lost += after.isr.length + after.eligibleReplicas.length === 0 ? 1 : 0;
        }
      }
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
  });
});

describe('a replica', () => {
  it('that takes a snapshot at any point, and the commands after it, is where the others are', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 100 }), (seed, at) => {
        const commands = randomCommands(seed, 100);
        const machine = createMetadataStateMachine();
        machine.restore(stateFromContent(contentOf(replay(emptyState(), commands.slice(0, at)))));
        for (const command of commands.slice(at)) machine.apply(command);
        const whole = replay(emptyState(), commands);
        expect(plainState(machine.state)).toEqual(plainState(whole));
        expect([...machine.state.brokerLoads]).toEqual([...whole.brokerLoads]);
      }),
      { numRuns: 40 },
    );
  });

  it('hears, in deltas alone, everything that the state says', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const machine = createMetadataStateMachine();
        const partitions = new Map<string, unknown>();
        const topics = new Set<string>();
        let version = 0;
        machine.onDelta((delta) => {
          expect(delta.fromVersion).toBe(version);
          version = delta.version;
          for (const { topicId } of delta.topicsDeleted) topics.delete(topicId);
          for (const { topicId } of delta.topicsCreated) topics.add(topicId);
          for (const { topicId, partition, after } of delta.partitions) {
            if (after === undefined) partitions.delete(`${topicId}/${partition}`);
            else partitions.set(`${topicId}/${partition}`, after);
          }
        });
        for (const command of randomCommands(seed, 100)) machine.apply(command);
        const { state } = machine;
        expect(version).toBe(state.version);
        expect([...topics].sort()).toEqual([...state.topicNamesById.keys()]);
        const told = [...state.topics.values()].flatMap((topic) =>
          topic.partitions.map((partition, index): [string, unknown] => [`${topic.topicId}/${index}`, partition]),
        );
        expect(new Map([...partitions].sort())).toEqual(new Map(told.sort()));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a batch', () => {
  it('does what its commands do one after the other, but in one version, or nothing at all', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const singles = randomCommands(seed, 80).flatMap((command): readonly SingleCommand[] =>
          command.kind === 'batch' ? [] : [command],
        );
        const before = replay(emptyState(), singles.slice(0, 30));
        const commands = singles.slice(30, 30 + 1 + (seed % 12));
        const { state, answer } = applyCommand(before, { kind: 'batch', commands });
        const answers: unknown[] = [];
        let one = before;
        for (const command of commands) {
          const step = applyCommand(one, command);
          one = step.state;
          answers.push(step.answer);
          if (step.answer.status === 'applied') continue;
          const { code } = step.answer.refusal;
          // In a batch an id that a deleted topic had counts as taken still.
          const expected = { status: 'refused', version: before.version, refusal: { code } };
          expect(answer).toMatchObject(expected);
          expect(state).toBe(before);
          return;
        }
        if (answer.status === 'refused') {
          expect(answer.refusal.code).toBe('TOPIC_EXISTS');
          return;
        }
        expect(state.version).toBe(before.version + 1);
        const withoutVersions = (each: MetadataState): unknown => ({
          topics: [...each.topics],
          loads: [...each.brokerLoads],
          brokers: [...each.brokers].map(([, broker]) => ({ ...broker, epoch: 0 })),
          settings: [each.clusterConfigs, each.featureLevels, each.nextProducerId],
        });
        expect(withoutVersions(state)).toEqual(withoutVersions(one));
      }),
      { numRuns: 300 },
    );
  });
});
