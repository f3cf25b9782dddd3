import { assert } from '@streambus/runtime';
import type { ConfState } from './conf-state.ts';
import type { NodeId } from './identifiers.ts';
import type { JointVoters } from './quorum.ts';

/**
 * The membership in force.
 *
 * Invariants ({@link checkConfiguration}); lists are sorted by id:
 * 1. Every learner is in neither half of the voters.
 * 2. Every one of `learnersNext` is an outgoing voter, and no learner yet.
 * 3. Unless the configuration is joint, `outgoing` and `learnersNext` are empty and `autoLeave` is false.
 */
export interface Configuration {
  readonly voters: JointVoters;
  readonly learners: readonly NodeId[];
  readonly learnersNext: readonly NodeId[];
  readonly autoLeave: boolean;
}

/** Nobody. */
export const emptyConfiguration: Configuration = {
  voters: { incoming: [], outgoing: [] },
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** Whether two majorities decide. */
export function isJoint(configuration: Configuration): boolean {
  return configuration.voters.outgoing.length > 0;
}

/** Whether this node votes, in either half. */
export function isVoter(configuration: Configuration, id: NodeId): boolean {
  return configuration.voters.incoming.includes(id) || configuration.voters.outgoing.includes(id);
}

/** Every member once, ascending. */
export function memberIds(configuration: Configuration): NodeId[] {
  const { voters, learners } = configuration;
  return ascendingIds(new Set([...voters.incoming, ...voters.outgoing, ...learners]));
}

/** Voters of both halves once, ascending. */
export function voterIds(voters: JointVoters): readonly NodeId[] {
  if (voters.outgoing.length === 0) return voters.incoming;
  return ascendingIds(new Set([...voters.incoming, ...voters.outgoing]));
}

/** Sorted by id: nothing that is seen outside depends on the order of insertion. */
export function ascendingIds(ids: Iterable<NodeId>): NodeId[] {
  return [...ids].sort((a, b) => a - b);
}

/** As snapshots and storage carry it. */
export function toConfState(configuration: Configuration): ConfState {
  return {
    voters: configuration.voters.incoming,
    learners: configuration.learners,
    votersOutgoing: configuration.voters.outgoing,
    learnersNext: configuration.learnersNext,
    autoLeave: configuration.autoLeave,
  };
}

/** From what a snapshot or a storage carried; its lists may be in any order. */
export function fromConfState(state: ConfState): Configuration {
  const configuration: Configuration = {
    voters: {
      incoming: ascendingIds(new Set(state.voters)),
      outgoing: ascendingIds(new Set(state.votersOutgoing)),
    },
    learners: ascendingIds(new Set(state.learners)),
    learnersNext: ascendingIds(new Set(state.learnersNext)),
    autoLeave: state.autoLeave,
  };
  checkConfiguration(configuration);
  return configuration;
}

/** Holds the invariants of {@link Configuration}. */
export function checkConfiguration(configuration: Configuration): void {
  const { voters, learners, learnersNext, autoLeave } = configuration;
  for (const id of learners) {
    assert(!isVoter(configuration, id), () => `node ${id} is learner and voter`);
  }
  for (const id of learnersNext) {
    assert(voters.outgoing.includes(id), () => `node ${id} is to become a learner and is no outgoing voter`);
    assert(!learners.includes(id), () => `node ${id} is to become a learner and is one`);
  }
  if (!isJoint(configuration)) {
    assert(
      learnersNext.length === 0,
      () => `learnersNext is ${learnersNext.join(' ')} in a configuration that is not joint`,
    );
    assert(!autoLeave, 'autoLeave is set in a configuration that is not joint');
  }
}
