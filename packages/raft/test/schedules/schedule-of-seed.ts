import type { RandomScheduleOptions, SharedOptions } from '../../src/testing/index.ts';

/** How the nodes of a schedule are set up. */
export type Combination = Required<
  Pick<SharedOptions, 'preVote' | 'checkQuorum' | 'asyncStorageWrites' | 'readOnlyMode'>
>;

const switches = [false, true] as const;
const readOnlyModes = ['safe', 'leaseBased'] as const;

/** All sixteen, of which those in {@link refusedCombinations} cannot be set up: a lease needs the quorum check. */
const combinations: readonly Combination[] = switches.flatMap((preVote) =>
  switches.flatMap((checkQuorum) =>
    switches.flatMap((asyncStorageWrites) =>
      readOnlyModes.map((readOnlyMode) => ({ preVote, checkQuorum, asyncStorageWrites, readOnlyMode })),
    ),
  ),
);

const canBeSetUp = ({ readOnlyMode, checkQuorum }: Combination): boolean => readOnlyMode === 'safe' || checkQuorum;

export const possibleCombinations: readonly Combination[] = combinations.filter(canBeSetUp);
export const refusedCombinations: readonly Combination[] = combinations.filter((one) => !canBeSetUp(one));

/** The schedule of a seed: in turn every combination, then 3 and 5 nodes; every fourth round members come and go. */
export function scheduleOfSeed(seed: number): RandomScheduleOptions {
  const round = Math.floor(seed / possibleCombinations.length);
  const raft = possibleCombinations[seed % possibleCombinations.length];
  if (raft === undefined) throw new Error(`seed ${seed} has no combination`);
  return {
    seed,
    voters: round % 2 === 0 ? 3 : 5,
    steps: 200,
    membershipChanges: Math.floor(round / 2) % 4 === 3,
    raft,
  };
}
