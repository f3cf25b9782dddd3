import { assert, assertNever } from '@streambus/runtime';
import { type ConfChangeSingle, ConfChangeType } from './conf-change.ts';
import { ascendingIds, type Configuration, checkConfiguration, isJoint, memberIds } from './configuration.ts';
import type { NodeId } from './identifiers.ts';

/** Why a change cannot be made from the present configuration. */
export type ChangeRefusal =
  | 'alreadyJoint'
  | 'notJoint'
  | 'noVoters'
  | 'simpleInJoint'
  | 'manyVoters'
  | 'removesAllVoters';

/** A change that can be made: what comes of it, and which members are new, so that nothing is known of their logs. */
export interface ChangeResult {
  readonly configuration: Configuration;
  readonly fresh: ReadonlySet<NodeId>;
}

/**
 * Changes at most one voter directly, without a joint configuration (section 4.1): two majorities that differ in one
 * voter always overlap.
 */
export function changeSimply(
  configuration: Configuration,
  changes: readonly ConfChangeSingle[],
): ChangeResult | ChangeRefusal {
  if (isJoint(configuration)) return 'simpleInJoint';
  const draft = new Draft(configuration);
  draft.apply(changes);
  if (draft.incoming.size === 0) return 'removesAllVoters';
  if (symmetricDifferenceSize(configuration.voters.incoming, draft.incoming) > 1) return 'manyVoters';
  return draft.result(false);
}

/** Enters the joint configuration (section 4.3): the present voters become its outgoing half. */
export function enterJoint(
  configuration: Configuration,
  changes: readonly ConfChangeSingle[],
  autoLeave: boolean,
): ChangeResult | ChangeRefusal {
  if (isJoint(configuration)) return 'alreadyJoint';
  if (configuration.voters.incoming.length === 0) return 'noVoters';
  const draft = new Draft(configuration);
  for (const id of configuration.voters.incoming) draft.outgoing.add(id);
  draft.apply(changes);
  if (draft.incoming.size === 0) return 'removesAllVoters';
  return draft.result(autoLeave);
}

/** Leaves it: the outgoing half is dropped, and voters that were to be demoted become learners. */
export function leaveJoint(configuration: Configuration): ChangeResult | ChangeRefusal {
  if (!isJoint(configuration)) return 'notJoint';
  const draft = new Draft(configuration);
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  draft.outgoing.clear();
  return draft.result(false);
}

/** A configuration while it is being changed. */
class Draft {
  readonly incoming: Set<NodeId>;
  readonly outgoing: Set<NodeId>;
  readonly learners: Set<NodeId>;
  readonly learnersNext: Set<NodeId>;
  readonly #members: Set<NodeId>;
  readonly #fresh = new Set<NodeId>();

  constructor(configuration: Configuration) {
    this.incoming = new Set(configuration.voters.incoming);
    this.outgoing = new Set(configuration.voters.outgoing);
    this.learners = new Set(configuration.learners);
    this.learnersNext = new Set(configuration.learnersNext);
    this.#members = new Set(memberIds(configuration));
  }

  apply(changes: readonly ConfChangeSingle[]): void {
    for (const { type, nodeId } of changes) {
      // Whoever applies changes may void one by setting its node to 0.
      if (nodeId === 0) continue;
      switch (type) {
        case ConfChangeType.addNode:
          this.#makeVoter(nodeId);
          break;
        case ConfChangeType.addLearnerNode:
          this.#makeLearner(nodeId);
          break;
        case ConfChangeType.removeNode:
          this.#remove(nodeId);
          break;
        case ConfChangeType.updateNode:
          break;
        default:
          assertNever(type, 'membership change');
      }
    }
  }

  result(autoLeave: boolean): ChangeResult {
    const configuration: Configuration = {
      voters: { incoming: ascendingIds(this.incoming), outgoing: ascendingIds(this.outgoing) },
      learners: ascendingIds(this.learners),
      learnersNext: ascendingIds(this.learnersNext),
      autoLeave,
    };
    checkConfiguration(configuration);
    const fresh = new Set(memberIds(configuration).filter((id) => this.#fresh.has(id)));
    return { configuration, fresh };
  }

  #makeVoter(id: NodeId): void {
    this.#welcome(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    this.incoming.add(id);
  }

  #makeLearner(id: NodeId): void {
    this.#welcome(id);
    this.incoming.delete(id);
    // An outgoing voter keeps its vote until the joint configuration ends (invariant 1).
    if (this.outgoing.has(id)) this.learnersNext.add(id);
    else this.learners.add(id);
  }

  #remove(id: NodeId): void {
    this.incoming.delete(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    if (!this.outgoing.has(id)) {
      this.#members.delete(id);
      this.#fresh.delete(id);
    }
  }

  #welcome(id: NodeId): void {
    if (this.#members.has(id)) return;
    this.#members.add(id);
    this.#fresh.add(id);
  }
}

function symmetricDifferenceSize(before: readonly NodeId[], after: ReadonlySet<NodeId>): number {
  const left = before.filter((id) => !after.has(id)).length;
  const joined = after.size - (before.length - left);
  assert(joined >= 0, 'a set cannot have fewer members than those it shares');
  return left + joined;
}
