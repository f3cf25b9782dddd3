import { type RandomScheduleOptions, runRandomSchedule } from '@streambus/raft/testing';
import { describe, expect, it } from 'vitest';

const schedulesEach = 5;

const combinations = [false, true].flatMap((asyncStorageWrites) =>
  [false, true].flatMap((preVote) =>
    [false, true].map((checkQuorum) => ({ asyncStorageWrites, preVote, checkQuorum })),
  ),
);

describe('safety after every step of random schedules, and convergence after them', () => {
  for (const voters of [1, 3, 5]) {
    for (const raft of combinations) {
      const name = Object.entries(raft).flatMap(([key, on]) => (on ? [key] : []));
      it(`${voters} nodes, ${name.join(', ') || 'plain Raft'}`, () => {
        let committed = 0;
        for (let seed = 1; seed <= schedulesEach; seed += 1) {
          const report = runRandomSchedule({ seed: seed * 100 + voters, voters, steps: 200, raft });
          expect(report.converged).toBe(true);
          committed += report.committed;
        }
        expect(committed).toBeGreaterThan(schedulesEach);
      });
    }
  }

  it.each(combinations)('members come and go: %o', (raft) => {
    for (let seed = 1; seed <= schedulesEach; seed += 1) {
      runRandomSchedule({ seed, voters: 3, steps: 300, membershipChanges: true, raft });
    }
  });

  it('goes the same way on the same seed', () => {
    const options: RandomScheduleOptions = { seed: 42, voters: 5, steps: 600 };
    expect(runRandomSchedule(options)).toEqual(runRandomSchedule(options));
  });
});
