import { createSeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { applyCommand } from './apply-command.ts';
import { checkState } from './check-state.ts';
import type { MetadataCommand } from './commands.ts';
import { contentOf, emptyState, stateFromContent } from './content.ts';
import { diffStates } from './delta.ts';
import { refusalCodes } from './errors.ts';
import type { MetadataState } from './state.ts';
import { randomCommand } from './testing/random-command.ts';

interface Step {
  readonly command: MetadataCommand;
  readonly before: MetadataState;
  readonly after: MetadataState;
}

function randomSteps(
  seed: number,
  count: number,
  onStep: (step: Step & ReturnType<typeof applyCommand>) => void,
): Step[] {
  const random = createSeededRandom(seed);
  const steps: Step[] = [];
  let before = emptyState();
  while (steps.length < count) {
    const command = randomCommand(random, before);
    const transition = applyCommand(before, command);
    const step = { command, before, after: transition.state };
    steps.push(step);
    onStep({ ...step, ...transition });
    before = transition.state;
  }
  return steps;
}

// What is computed a hundred thousand times takes longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const seeds = fc.integer({ min: 0, max: 2 ** 32 });

/** All that a state says, derived parts included, as text. */
function textOf(state: MetadataState): string {
  return JSON.stringify({
    ...state,
    brokers: [...state.brokers].map(([id, broker]) => [id, { ...broker, configs: [...broker.configs] }]),
    topics: [...state.topics].map(([name, topic]) => [name, { ...topic, configs: [...topic.configs] }]),
    topicNamesById: [...state.topicNamesById],
    brokerLoads: [...state.brokerLoads],
    clusterConfigs: [...state.clusterConfigs],
    featureLevels: [...state.featureLevels],
  });
}

describe('any sequence of commands', () => {
  it('keeps every invariant after every command, raises the version by one per applied one, and leaves the state before untouched', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        randomSteps(seed, 150, ({ before, state, answer, delta }) => {
          checkState(state);
          expect(answer.version).toBe(state.version);
          if (answer.status === 'refused') {
            expect(state).toBe(before);
            expect(delta).toBeUndefined();
          } else {
            expect(state.version).toBe(before.version + 1);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('gives an equal state when it is replayed, and when it is rebuilt from its content', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const steps = randomSteps(seed, 120, () => {});
        const last = steps.at(-1)?.after ?? emptyState();
        const replayed = steps.reduce((state, { command }) => applyCommand(state, command).state, emptyState());
        expect(textOf(replayed)).toBe(textOf(last));
        expect(textOf(stateFromContent(contentOf(last)))).toBe(textOf(last));
      }),
      { numRuns: 30 },
    );
  });

  it('never changes a state that somebody holds', () => {
    const texts: [MetadataState, string][] = [];
    randomSteps(7, 200, ({ state }) => texts.push([state, textOf(state)]));
    for (const [state, text] of texts) expect(textOf(state)).toBe(text);
  });

  it('shares with the state before every list of partitions, and every partition, that its delta does not name', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        randomSteps(seed, 100, ({ before, state, delta }) => {
          if (delta === undefined) return;
          const changed = new Set(delta.partitions.map(({ topicId, partition }) => `${topicId}-${partition}`));
          const touched = new Set([...delta.partitions.map(({ name }) => name), ...delta.topicsConfigured]);
          for (const topic of state.topics.values()) {
            const old = before.topics.get(topic.name);
            if (!touched.has(topic.name)) expect(topic.partitions).toBe(old?.partitions);
            for (const [index, partition] of topic.partitions.entries()) {
              if (!changed.has(`${topic.topicId}-${index}`)) expect(partition).toBe(old?.partitions[index]);
            }
          }
        });
      }),
      { numRuns: 15 },
    );
  });

  it('says in its delta exactly what a comparison of the two states finds', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        randomSteps(seed, 100, ({ before, state, delta }) => {
          if (delta !== undefined) expect(delta).toEqual(diffStates(before, state));
        });
      }),
      { numRuns: 20 },
    );
  });

  it('tries every kind of command with both outcomes, and every refusal that chance can reach', () => {
    const applied = new Set<string>();
    const refused = new Set<string>();
    const codes = new Set<string>();
    for (let seed = 0; seed < 40; seed += 1) {
      randomSteps(seed, 200, ({ command, answer }) => {
        if (answer.status === 'applied') applied.add(command.kind);
        else {
          refused.add(command.kind);
          codes.add(answer.refusal.code);
        }
      });
    }
    expect(applied.size).toBe(20);
    expect(refused.size).toBe(18);
    expect(refused.has('electPreferredLeaders') || refused.has('electUncleanLeaders')).toBe(false);
    expect(refusalCodes.filter((code) => !codes.has(code))).toEqual(['PRODUCER_IDS_EXHAUSTED']);
  });
});
