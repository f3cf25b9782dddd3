import {
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  emptyBytes,
  nodeId,
} from '@streambus/raft';
import { RaftNodeError } from '../errors.ts';
import type { MembershipChange } from '../membership.ts';

const types: Readonly<Record<MembershipChange['type'], ConfChangeType>> = {
  addLearner: ConfChangeType.addLearnerNode,
  promote: ConfChangeType.addNode,
  demote: ConfChangeType.addLearnerNode,
  remove: ConfChangeType.removeNode,
};

/**
 * Makes one change of the core's out of the steps: in force together, through a joint configuration where more than one voter changes.
 *
 * @throws RaftNodeError `RAFT_NODE_CHANGE_INVALID`
 */
export function toConfChange(changes: readonly MembershipChange[]): ConfChangeV2 {
  if (changes.length === 0) throw invalid('there is nothing to change');
  const ids = changes.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw invalid(`node ${twice} is changed twice`);
  const wrong = ids.find((id) => !Number.isSafeInteger(id) || id < 1);
  if (wrong !== undefined) throw invalid(`node ${wrong} is no node; ids are integers from 1`);
  return {
    transition: ConfChangeTransition.auto,
    changes: changes.map(({ type, id }): ConfChangeSingle => ({ type: types[type], nodeId: nodeId(id) })),
    context: emptyBytes,
  };
}

function invalid(message: string): RaftNodeError {
  return new RaftNodeError('RAFT_NODE_CHANGE_INVALID', message);
}
