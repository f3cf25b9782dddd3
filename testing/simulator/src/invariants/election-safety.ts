import { type Message, MessageType } from '@streambus/raft';
import type { CreateInvariant } from './invariant.ts';

/** At most one leader in a term: seen by its role, and by what only leaders say. */
export const electionSafety: CreateInvariant = (violated) => {
  const leaders = new Map<number, number>();
  const leads = (id: number, term: number): void => {
    const known = leaders.get(term);
    if (known === undefined) leaders.set(term, id);
    else if (known !== id) violated(`nodes ${known} and ${id} both lead term ${term}`);
  };
  return {
    name: 'Election Safety',
    source: 'Ongaro, dissertation, figure 3.2',
    onChange(node) {
      if (node.role === 'leader') leads(node.id, node.term);
    },
    onSent(node, message) {
      if (isLeadersOwn(message)) leads(node.id, message.term);
    },
  };
};

function isLeadersOwn({ type }: Message): boolean {
  return type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot;
}
