import { appliedOnce } from './applied-once.ts';
import { boundedQueues } from './bounded-queues.ts';
import { commitsOwnTerm } from './commits-own-term.ts';
import { committedEntriesStay } from './committed-entries-stay.ts';
import { electionSafety } from './election-safety.ts';
import type { CreateInvariant } from './invariant.ts';
import { keptPromises } from './kept-promises.ts';
import { leaderAppendOnly } from './leader-append-only.ts';
import { leaderCompleteness } from './leader-completeness.ts';
import { linearizability } from './linearizability.ts';
import { logMatching } from './log-matching.ts';
import { logOrder } from './log-order.ts';
import { metadataDeltas } from './metadata-deltas.ts';
import { metadataModel } from './metadata-model.ts';
import { noFailureWithoutAFault } from './no-failure-without-a-fault.ts';
import { readBarrier } from './read-barrier.ts';
import { singleVote } from './single-vote.ts';
import { stateMachineSafety } from './state-machine-safety.ts';
import { trueAnswers } from './true-answers.ts';

/** Everything that must hold. */
export const invariants: readonly CreateInvariant[] = [
  electionSafety,
  singleVote,
  leaderAppendOnly,
  logMatching,
  leaderCompleteness,
  commitsOwnTerm,
  committedEntriesStay,
  stateMachineSafety,
  appliedOnce,
  keptPromises,
  trueAnswers,
  readBarrier,
  logOrder,
  linearizability,
  metadataModel,
  metadataDeltas,
  noFailureWithoutAFault,
  boundedQueues,
];
