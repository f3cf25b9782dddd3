import { assert } from '@streambus/runtime';
import type { Entry } from '../entry.ts';
import { asIndex, type LogIndex, type NodeId, noNode, type Term } from '../identifiers.ts';
import { type Message, MessageType } from '../message.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import type { MemoryNode } from './memory-node.ts';

/** An entry as somebody first saw it committed. */
interface CommittedEntry {
  readonly term: Term;
  /** The term of who saw it: it was committed in this term or before. */
  readonly seenInTerm: Term;
}

/** An entry, and what it follows wherever it is. */
interface KnownEntry {
  readonly entry: Entry;
  readonly previousTerm: number | undefined;
}

/** What was seen of a node so far, so that each look is at what has changed since. */
class Watch {
  /** By index - 1: the log as it was found right. */
  readonly log: (Entry | undefined)[] = [];
  /** Up to here the log was held against what is committed. */
  committed: LogIndex = asIndex(0);
  storedTerm: Term = 0 as Term;
  readonly votes = new Map<Term, NodeId>();
  /** The term that it led at the last look; 0 = none. */
  ledTerm: Term = 0 as Term;
  lastIndex: LogIndex = asIndex(0);
  lastTerm: number | undefined;
}

/**
 * Raft's five safety properties (dissertation, figure 3.2), and that nobody votes twice in a term, held over a whole
 * cluster's life.
 *
 * Call {@link check} after every step; it throws `InvariantError` with the property that was broken.
 */
export class SafetyCheck {
  readonly #cluster: MemoryCluster;
  readonly #watches = new Map<NodeId, Watch>();
  readonly #leaders = new Map<Term, NodeId>();
  /** By index - 1, then by term. */
  readonly #entries: Map<Term, KnownEntry>[] = [];
  readonly #committed: CommittedEntry[] = [];
  readonly #digests = new Map<LogIndex, number>();

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  /** The highest index that anybody has seen committed. */
  get committedIndex(): LogIndex {
    return asIndex(this.#committed.length);
  }

  /** How many elections were won. */
  get elections(): number {
    return this.#leaders.size;
  }

  /** Looks at these nodes, by default at all. */
  check(nodes: readonly MemoryNode[] = this.#cluster.nodes): void {
    for (const node of nodes) {
      if (!node.running) continue;
      const watch = this.#watch(node.id);
      this.#checkLog(node, watch);
      this.#checkCommitted(node, watch);
      this.#checkHardState(node, watch);
      this.#checkLeader(node, watch);
      this.#checkStateMachine(node);
    }
  }

  /** Looks at a message that leaves: a vote that is given is given once (section 3.4). */
  checkSent(message: Message): void {
    if (message.type === MessageType.voteResponse && !message.reject) {
      checkVote(this.#watch(message.from), message.from, message.term, message.to);
    }
  }

  #watch(id: NodeId): Watch {
    let watch = this.#watches.get(id);
    if (watch === undefined) {
      watch = new Watch();
      this.#watches.set(id, watch);
    }
    return watch;
  }

  /** Log Matching: one entry per index and term, always after the same one. */
  #checkLog(node: MemoryNode, watch: Watch): void {
    const entries = node.log();
    let changed = false;
    const first = node.firstIndex;
    for (let position = 0; position < entries.length; position += 1) {
      const at = first + position - 1;
      const entry = entries[position];
      assert(entry?.index === at + 1, () => `node ${node.id} has entry ${entry?.index} in the place of ${at + 1}`);
      // An entry that is new to this node makes a new neighbour of the one behind it.
      if (watch.log[at] === entry && !changed) continue;
      changed = watch.log[at] !== entry;
      const previousTerm = entries[position - 1]?.term ?? node.termAt(asIndex(at));
      this.#checkEntry(node.id, entry, previousTerm);
      watch.log[at] = entry;
      if (watch.committed > at) watch.committed = asIndex(at);
    }
    watch.log.length = node.lastIndex;
  }

  #checkEntry(id: NodeId, entry: Entry, previousTerm: number | undefined): void {
    const { index, term } = entry;
    this.#entries[index - 1] ??= new Map();
    const known = this.#entries[index - 1]?.get(term);
    if (known === undefined) {
      this.#entries[index - 1]?.set(term, { entry, previousTerm });
      return;
    }
    assert(known.entry === entry || known.entry.data === entry.data, () => {
      return `Log Matching: entry ${index} of term ${term} of node ${id} differs from another's`;
    });
    assert(known.previousTerm === previousTerm, () => {
      const elsewhere = `term ${previousTerm}, elsewhere ${known.previousTerm}`;
      return `Log Matching: entry ${index} of term ${term} of node ${id} follows ${elsewhere}`;
    });
  }

  /** What is committed stays: nobody commits another entry at the same index. */
  #checkCommitted(node: MemoryNode, watch: Watch): void {
    const { commit, term: nodeTerm } = node.raft;
    for (let index = watch.committed + 1; index <= commit; index += 1) {
      const term = node.termAt(asIndex(index));
      if (term === undefined) continue;
      const known = this.#committed[index - 1];
      if (known === undefined) {
        if (index === this.#committed.length + 1) this.#committed.push({ term: term as Term, seenInTerm: nodeTerm });
        continue;
      }
      assert(known.term === term, () => {
        return `State Machine Safety: node ${node.id} committed ${index} of term ${term}, another of term ${known.term}`;
      });
      if (known.seenInTerm > nodeTerm) this.#committed[index - 1] = { ...known, seenInTerm: nodeTerm };
    }
    if (commit > watch.committed) watch.committed = commit;
  }

  /** A term once stored is never left for an earlier one, nor a vote for another, across restarts either. */
  #checkHardState({ id, storage }: MemoryNode, watch: Watch): void {
    const { term, vote } = storage.initialState().hardState;
    assert(term >= watch.storedTerm, () => `node ${id} stored term ${term} after ${watch.storedTerm}`);
    watch.storedTerm = term;
    if (vote !== noNode) checkVote(watch, id, term, vote);
  }

  #checkLeader(node: MemoryNode, watch: Watch): void {
    const { raft, lastIndex } = node;
    if (raft.role === 'leader') {
      this.#checkElectionSafety(node);
      if (watch.ledTerm === raft.term) checkAppendOnly(node, watch);
      else this.#checkCompleteness(node);
    }
    watch.ledTerm = raft.role === 'leader' ? raft.term : (0 as Term);
    watch.lastIndex = lastIndex;
    watch.lastTerm = node.termAt(lastIndex);
  }

  #checkElectionSafety({ raft, id }: MemoryNode): void {
    const known = this.#leaders.get(raft.term);
    assert(known === undefined || known === id, () => `Election Safety: ${known} and ${id} lead term ${raft.term}`);
    if (known === undefined) this.#leaders.set(raft.term, id);
  }

  /** Leader Completeness: a new leader has whatever was committed in the terms before. */
  #checkCompleteness(node: MemoryNode): void {
    const { firstIndex } = node;
    for (let at = firstIndex - 1; at < this.#committed.length; at += 1) {
      const committed = this.#committed[at];
      if (committed === undefined || committed.seenInTerm >= node.raft.term) continue;
      assert(node.termAt(asIndex(at + 1)) === committed.term, () => {
        const entry = `entry ${at + 1} of term ${committed.term}`;
        return `Leader Completeness: node ${node.id} leads term ${node.raft.term} without ${entry}`;
      });
    }
  }

  /** State Machine Safety: whoever has applied up to an index has applied the same. */
  #checkStateMachine(node: MemoryNode): void {
    const known = this.#digests.get(node.appliedIndex);
    assert(known === undefined || known === node.digest, () => {
      return `State Machine Safety: node ${node.id} is at ${node.appliedIndex} with another state than others`;
    });
    if (known === undefined) this.#digests.set(node.appliedIndex, node.digest);
  }
}

function checkVote(watch: Watch, voter: NodeId, term: Term, candidate: NodeId): void {
  const known = watch.votes.get(term);
  assert(known === undefined || known === candidate, () => {
    return `Election Safety: node ${voter} voted for ${known} and for ${candidate} in term ${term}`;
  });
  if (known === undefined) watch.votes.set(term, candidate);
}

/** Leader Append-Only: a leader neither replaces nor removes what is in its log. */
function checkAppendOnly(node: MemoryNode, before: Watch): void {
  const term = node.termAt(before.lastIndex);
  assert(node.lastIndex >= before.lastIndex && (term === undefined || term === before.lastTerm), () => {
    return `Leader Append-Only: leader ${node.id} changed its log at or before ${before.lastIndex}`;
  });
}
