import { groupStates } from '../requests.ts';
import { type GroupCoordinatorStatistics, rebalanceCauses } from '../statistics.ts';
import type { PartitionDriver } from './partition-driver.ts';

type Mutable<Value> = { -readonly [Key in keyof Value]: Mutable<Value[Key]> };
type Totals = Mutable<GroupCoordinatorStatistics>;

/** Sums the numbers of partitions; what has been counted stays counted when a partition is given up. */
export interface FigureSum {
  /** Keeps the counts of a partition that goes. */
  keep(driver: PartitionDriver): void;
  sum(drivers: Iterable<PartitionDriver>): GroupCoordinatorStatistics;
}

/** Makes a {@link FigureSum} of nothing. */
export function sumFigures(): FigureSum {
  const kept = emptyTotals();
  return {
    keep(driver): void {
      addCounters(kept, driver);
    },
    sum(drivers): GroupCoordinatorStatistics {
      const totals = structuredClone(kept);
      for (const driver of drivers) {
        if (driver.state === 'loading') totals.loadingPartitions++;
        if (driver.state !== 'active') continue;
        totals.loadedPartitions++;
        addCounters(totals, driver);
        addGauges(totals, driver);
      }
      return totals;
    },
  };
}

function emptyTotals(): Totals {
  return {
    loadedPartitions: 0,
    loadingPartitions: 0,
    groupsByState: { Empty: 0, PreparingRebalance: 0, CompletingRebalance: 0, Stable: 0, Dead: 0 },
    members: 0,
    committedOffsets: 0,
    heldBytes: 0,
    pendingCalls: 0,
    rebalancesByCause: {
      memberJoined: 0,
      memberRejoined: 0,
      memberLeft: 0,
      sessionExpired: 0,
      syncTimedOut: 0,
      assignmentFailed: 0,
      staticMemberReplaced: 0,
    },
    expiredMembers: 0,
    expiredOffsets: 0,
    failedAppends: 0,
    checkpoints: 0,
  };
}

function addCounters(totals: Totals, driver: PartitionDriver): void {
  const { counters } = driver.core.figures();
  for (const cause of rebalanceCauses) totals.rebalancesByCause[cause] += counters.rebalancesByCause[cause];
  totals.expiredMembers += counters.expiredMembers;
  totals.expiredOffsets += counters.expiredOffsets;
  totals.failedAppends += counters.failedAppends;
  totals.checkpoints += driver.checkpoints;
}

function addGauges(totals: Totals, driver: PartitionDriver): void {
  const figures = driver.core.figures();
  for (const state of groupStates) totals.groupsByState[state] += figures.groupsByState[state];
  totals.members += figures.members;
  totals.committedOffsets += figures.committedOffsets;
  totals.heldBytes += figures.heldBytes;
  totals.pendingCalls += figures.pendingCalls;
}
