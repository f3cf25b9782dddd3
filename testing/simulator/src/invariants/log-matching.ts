import type { Entry } from '@streambus/raft';
import type { NodeWatch } from '../cluster/node-watch.ts';
import type { CreateInvariant } from './invariant.ts';

interface KnownEntry {
  readonly entry: Entry;
  readonly previousTerm: number | undefined;
}

/** Two logs that have an entry of the same index and term are the same up to it: one content, and one term before it, everywhere. */
export const logMatching: CreateInvariant = (violated) => {
  const known: (KnownEntry[] | undefined)[] = [];
  const check = (node: NodeWatch, index: number): void => {
    const entry = node.entryAt(index);
    if (entry === undefined) return;
    const previousTerm = node.termAt(index - 1);
    const atIndex = known[index] ?? [];
    known[index] = atIndex;
    const same = atIndex.find((one) => one.entry.term === entry.term);
    if (same === undefined) {
      atIndex.push({ entry, previousTerm });
      return;
    }
    const what = `entry ${index} of term ${entry.term} of node ${node.id}`;
    if (!isSameContent(same.entry, entry)) violated(`${what} is another than elsewhere`);
    if (previousTerm !== undefined && same.previousTerm !== undefined && previousTerm !== same.previousTerm) {
      violated(`${what} follows one of term ${previousTerm}, elsewhere of term ${same.previousTerm}`);
    }
  };
  const checkFrom = (node: NodeWatch, from: number): void => {
    for (let index = Math.max(from, node.firstIndex); index <= node.lastIndex; index++) check(node, index);
  };
  return {
    name: 'Log Matching',
    source: 'Ongaro, dissertation, figure 3.2',
    onStarted(node) {
      checkFrom(node, node.firstIndex);
    },
    onChange(node, { changedFrom }) {
      if (changedFrom !== undefined) checkFrom(node, changedFrom);
    },
  };
};

function isSameContent(one: Entry, other: Entry): boolean {
  if (one.data === other.data) return true;
  return one.type === other.type && Buffer.compare(one.data, other.data) === 0;
}
