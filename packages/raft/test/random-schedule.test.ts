import { createRaft, isRaftError, MemoryStorage, nodeId } from '@streambus/raft';
import { type RandomScheduleOptions, runRandomSchedule } from '@streambus/raft/testing';
import { createSeededRandom } from '@streambus/runtime/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Figures } from './schedules/figures.ts';
import { possibleCombinations, refusedCombinations, scheduleOfSeed } from './schedules/schedule-of-seed.ts';

const schedules = 2000;

// Refused proposals are part of every schedule; their stacks take longer than the schedule itself.
// Thousands of schedules are seconds of work, more where others use the processor too.
vi.setConfig({ testTimeout: 120_000 });

const stackTraceLimit = Error.stackTraceLimit;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

function named(combination: object): string {
  const parts = Object.entries(combination).flatMap(([key, value]) => (value === true ? [key] : []));
  return [...parts, 'readOnlyMode' in combination ? `${combination.readOnlyMode} reads` : ''].join(', ');
}

describe(`five safety properties after each of 200 steps, and convergence, in ${schedules} random schedules`, () => {
  const count = possibleCombinations.length;
  it.each(possibleCombinations.map((combination, at) => ({ at, name: named(combination) })))(
    '$name, 3 and 5 nodes',
    ({ at }) => {
      const figures = new Figures();
      for (let seed = at; seed < schedules; seed += count) {
        const options = scheduleOfSeed(seed);
        const report = runRandomSchedule(options);
        if (options.membershipChanges !== true) expect(report.converged).toBe(true);
        figures.add(options.steps, report);
      }
      expect(figures.steps).toBe(figures.schedules * 200);
      for (const figure of [figures.elections, figures.committed, figures.reads, ...Object.values(figures.faults)]) {
        expect(figure).toBeGreaterThan(figures.schedules / 4);
      }
    },
  );

  it.each(refusedCombinations.map((combination) => ({ combination, name: named(combination) })))(
    'cannot be run and is refused: $name',
    ({ combination }) => {
      const options = { id: nodeId(1), electionTimeoutTicks: 10, heartbeatTimeoutTicks: 1, ...combination };
      const dependencies = { storage: new MemoryStorage(), random: createSeededRandom(1) };
      let refusal: unknown;
      try {
        createRaft(options, dependencies);
      } catch (error) {
        refusal = error;
      }
      expect(isRaftError(refusal, 'RAFT_OPTIONS_INVALID')).toBe(true);
    },
  );
});

describe('a random schedule', () => {
  it('of one node is safe too', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { raft } = scheduleOfSeed(seed);
      expect(runRandomSchedule({ seed, voters: 1, steps: 200, ...(raft && { raft }) }).converged).toBe(true);
    }
  });

  it('goes the same way on the same seed', () => {
    const options: RandomScheduleOptions = { seed: 42, voters: 5, steps: 600 };
    expect(runRandomSchedule(options)).toEqual(runRandomSchedule(options));
  });
});
