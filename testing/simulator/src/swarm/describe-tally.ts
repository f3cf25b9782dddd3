import { faultKinds } from '../faults/fault-kinds.ts';
import type { FailedRun, Tally } from './tally.ts';

/** What many runs came to, in words: what happened in them too, so that nobody takes idle runs for good ones. */
export function describeTally(tally: Tally, tookMs: number): string {
  const { runs, virtualMs, shortestMs, subjects, events, figures, faults } = tally;
  const seconds = tookMs / 1000;
  const injected = faultKinds.filter((kind) => faults[kind] > 0).map((kind) => `${kind} ${faults[kind]}`);
  const { answered, unknown, rejected, barriers, repeats } = figures;
  return [
    `${runs} seeds, ${(virtualMs / 3_600_000).toFixed(2)} virtual hours in ${seconds.toFixed(1)} s`,
    `clusters: ${subjects.registers} of registers, ${subjects.metadata} of metadata; each for ${Math.floor(shortestMs / 1000)} virtual seconds at least`,
    `${events} events, ${Math.round(events / seconds)} in a second`,
    `faults: ${injected.join(', ')}`,
    ...tally.absentFaults.map((kind) => `NEVER INJECTED: ${kind}`),
    `operations: ${answered} answered (${barriers} reads), ${unknown} unknown, ${rejected} rejected; ${repeats} repeated attempts`,
    `terms with a leader ${figures.elections}, lives of nodes ${figures.lives}, of which ended by their disk ${figures.failures}`,
    `entries committed ${figures.committed}, sessions opened ${figures.sessionsOpened}`,
    `snapshots taken ${figures.snapshotsTaken}, restored ${figures.snapshotsRestored}, received from a leader ${figures.snapshotsReceived}`,
    `changes of the membership ${figures.membershipChanges}, transfers done ${figures.transfersDone}`,
    `converged after at most ${Math.round(tally.slowestConvergenceMs)} virtual ms`,
    ...(tally.stuck.length === 0
      ? []
      : [`waits for the vote of one that was removed, known and kept: seeds ${tally.stuck}`]),
    ...tally.failed.map(describeFailure),
  ].join('\n');
}

/** What did not hold, and how to see it again. */
export function describeFailure({ seed, message, atMs }: FailedRun): string {
  return `FAILED: seed ${seed} at ${atMs} ms: ${message}\n  pnpm sim --seed ${seed} --trace`;
}
