/**
 * A step from one membership to the next.
 *
 * - `addLearner`: the node receives the log and does not vote. It runs already, or will: with `whenEmpty: 'join'`.
 * - `promote`: a learner that has caught up becomes a voter. (A node that is no member becomes one too, at once.)
 * - `demote`: a voter becomes a learner.
 * - `remove`: the node is no member any more. It keeps its folder, and is to be stopped by its owner.
 */
export interface MembershipChange {
  readonly type: 'addLearner' | 'promote' | 'demote' | 'remove';
  readonly id: number;
}
