import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { noNode } from '../src/identifiers.ts';
import type { RandomScheduleOptions } from '../src/testing/index.ts';
import { scheduleOfSeed } from './schedules/schedule-of-seed.ts';

/**
 * Each test replaces one module of the core by one with a bug, and expects the random schedules to find it within a
 * number of seeds; without the bug the same seeds pass (`random-schedule.test.ts`).
 */
// Thousands of schedules are seconds of work, more where others use the processor too.
vi.setConfig({ testTimeout: 120_000 });

const stackTraceLimit = Error.stackTraceLimit;
beforeAll(() => {
  Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = stackTraceLimit;
  };
});

afterEach(() => {
  vi.doUnmock('../src/memory-storage.ts');
  vi.doUnmock('../src/lease.ts');
  vi.doUnmock('../src/quorum.ts');
  vi.doUnmock('../src/raft-log.ts');
  vi.doUnmock('../src/replication.ts');
  vi.resetModules();
});

/** Replaces some exports of a module, for whatever is imported from now on. */
function plant<Module extends object>(path: string, bug: (original: Module) => Partial<Module>): void {
  vi.resetModules();
  vi.doMock(path, async (load) => {
    const original = await load<Module>();
    return { ...original, ...bug(original) };
  });
}

/** What the first of `seeds` schedules that fails says, among those that come closest to the bug; undefined where all pass. */
async function findWithin(
  seeds: number,
  concerns: (options: RandomScheduleOptions) => boolean = () => true,
): Promise<string | undefined> {
  const { runRandomSchedule } = await import('../src/testing/index.ts');
  for (let seed = 0, tried = 0; tried < seeds; seed += 1) {
    const options = scheduleOfSeed(seed);
    if (!concerns(options)) continue;
    tried += 1;
    try {
      runRandomSchedule(options);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return undefined;
}

describe('random schedules find', () => {
  it('a vote that is not stored, within 200 seeds', async () => {
    plant<typeof import('../src/memory-storage.ts')>('../src/memory-storage.ts', ({ MemoryStorage }) => ({
      MemoryStorage: class extends MemoryStorage {
        override setHardState(state: Parameters<typeof MemoryStorage.prototype.setHardState>[0]): void {
          super.setHardState({ ...state, vote: noNode });
        }
      },
    }));
    expect(await findWithin(200)).toMatch(/Election Safety/);
  });

  it('an entry of an older term that is committed by counting, within 1,000 seeds of plain Raft', async () => {
    plant<typeof import('../src/replication.ts')>('../src/replication.ts', () => ({
      maybeCommit: ({ log, tracker }) => {
        const index = tracker.committed();
        const term = log.termAt(index);
        return term !== undefined && log.maybeCommit({ index, term });
      },
    }));
    const found = await findWithin(1000, ({ raft, membershipChanges }) => {
      return membershipChanges !== true && raft?.preVote === false && raft.checkQuorum === false;
    });
    expect(found).toMatch(/Leader Completeness|State Machine Safety|would replace a committed/);
  });

  it('a late append that cuts off entries which do not conflict, within 200 seeds', async () => {
    plant<typeof import('../src/raft-log.ts')>('../src/raft-log.ts', ({ RaftLog }) => ({
      RaftLog: class extends RaftLog {
        override maybeAppend(...[slice, leaderCommit]: Parameters<typeof RaftLog.prototype.maybeAppend>) {
          const taken = super.maybeAppend(slice, leaderCommit);
          const beyond = slice.entries.filter(({ index }) => index > this.committed);
          if (taken !== undefined && taken < this.lastIndex) this.append(beyond);
          return taken;
        }
      },
    }));
    expect(await findWithin(200)).toBeDefined();
  });

  it('a joint configuration that only one half decides in, within 1,000 seeds of changing members', async () => {
    plant<typeof import('../src/quorum.ts')>('../src/quorum.ts', ({ majorityCommitted, majorityVote }) => ({
      jointCommitted: ({ incoming }, acknowledged) => majorityCommitted(incoming, acknowledged),
      jointVote: ({ incoming }, votes) => majorityVote(incoming, votes),
    }));
    const found = await findWithin(1000, ({ membershipChanges }) => membershipChanges === true);
    expect(found).toMatch(/Election Safety|Leader Completeness|State Machine Safety|a read at/);
  });

  it('a lease that is held without anybody’s answer, within 200 seeds of lease reads', async () => {
    plant<typeof import('../src/lease.ts')>('../src/lease.ts', ({ Lease }) => ({
      Lease: class extends Lease {
        override get held(): boolean {
          return true;
        }
      },
    }));
    const found = await findWithin(200, ({ raft }) => raft?.readOnlyMode === 'leaseBased');
    expect(found).toMatch(/a read at \d+ misses what was committed/);
  });
});
