import { type Message, MessageType } from '@streambus/raft';
import type { NodeWatch } from '../cluster/node-watch.ts';
import type { CreateInvariant } from './invariant.ts';

/**
 * At most one leader in a term: seen by its role, and by what only leaders say. A node in another life is another leader: it has forgotten what it
 * told others in that term and had not stored.
 */
export const electionSafety: CreateInvariant = (violated) => {
  const leaders = new Map<number, NodeWatch>();
  const leads = (node: NodeWatch, term: number): void => {
    const known = leaders.get(term);
    if (known === undefined) leaders.set(term, node);
    else if (known !== node) violated(`${nameOf(known)} and ${nameOf(node)} both lead term ${term}`);
  };
  return {
    name: 'Election Safety',
    source: 'Ongaro, dissertation, figure 3.2',
    onChange(node) {
      if (node.role === 'leader') leads(node, node.term);
    },
    onSent(node, message) {
      if (isLeadersOwn(message)) leads(node, message.term);
    },
  };
};

function nameOf({ id, life }: NodeWatch): string {
  return `node ${id} in its life ${life}`;
}

function isLeadersOwn({ type }: Message): boolean {
  return type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot;
}
