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

/** The last look at a node. */
interface Look {
  readonly term: Term;
  readonly leads: boolean;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/**
 * Raft's five safety properties (dissertation, figure 3.2), and that nobody votes twice in a term, held over a whole
 * cluster's life.
 *
 * Call {@link check} after every step; it throws `InvariantError` with the property that was broken.
 */
export class SafetyCheck {
  readonly #cluster: MemoryCluster;
  readonly #leaders = new Map<Term, NodeId>();
  readonly #votes = new Map<string, NodeId>();
  readonly #entries = new Map<string, { readonly previousTerm: number | undefined; readonly entry: Entry }>();
  readonly #committed: CommittedEntry[] = [];
  readonly #digests = new Map<LogIndex, number>();
  readonly #storedTerms = new Map<NodeId, Term>();
  readonly #looks = new Map<NodeId, Look>();

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster;
  }

  /** The highest index that anybody has seen committed. */
  get committedIndex(): LogIndex {
    return asIndex(this.#committed.length);
  }

  /** Looks at these nodes, by default at all. */
  check(nodes: readonly MemoryNode[] = this.#cluster.nodes): void {
    for (const node of nodes) {
      if (!node.running) continue;
      this.#checkLog(node);
      this.#checkCommitted(node);
      this.#checkLeader(node);
      this.#checkStateMachine(node);
    }
  }

  /** Looks at a message that leaves: a vote that is given is given once (section 3.4). */
  checkSent(message: Message): void {
    if (message.type === MessageType.voteResponse && !message.reject) {
      this.#checkVote(message.from, message.term, message.to);
    }
  }

  #checkVote(voter: NodeId, term: Term, candidate: NodeId): void {
    const key = `${voter}@${term}`;
    const known = this.#votes.get(key);
    assert(known === undefined || known === candidate, () => {
      return `Election Safety: node ${voter} voted for ${known} and for ${candidate} in term ${term}`;
    });
    this.#votes.set(key, candidate);
  }

  /** Log Matching: one entry per index and term, always after the same one. */
  #checkLog(node: MemoryNode): void {
    let previousTerm: number | undefined;
    for (const entry of node.log()) {
      const key = `${entry.index}@${entry.term}`;
      const known = this.#entries.get(key);
      previousTerm ??= node.termAt(asIndex(entry.index - 1));
      if (known === undefined) {
        this.#entries.set(key, { previousTerm, entry });
      } else {
        assert(
          known.entry === entry || known.entry.data === entry.data,
          () => `Log Matching: entry ${key} of node ${node.id} differs from another's`,
        );
        assert(
          known.previousTerm === previousTerm,
          () =>
            `Log Matching: entry ${key} of node ${node.id} follows term ${previousTerm}, elsewhere ${known.previousTerm}`,
        );
      }
      previousTerm = entry.term;
    }
  }

  /** What is committed stays: nobody commits another entry at the same index. */
  #checkCommitted(node: MemoryNode): void {
    for (let index = 1; index <= node.raft.commit; index += 1) {
      const term = node.termAt(asIndex(index));
      if (term === undefined) continue;
      const known = this.#committed[index - 1];
      if (known === undefined) {
        if (index === this.#committed.length + 1)
          this.#committed.push({ term: term as Term, seenInTerm: node.raft.term });
        continue;
      }
      assert(known.term === term, () => {
        return `State Machine Safety: node ${node.id} committed ${index} of term ${term}, another of term ${known.term}`;
      });
      if (known.seenInTerm > node.raft.term) this.#committed[index - 1] = { ...known, seenInTerm: node.raft.term };
    }
  }

  #checkLeader(node: MemoryNode): void {
    const { raft, id } = node;
    const last = raft.status().lastIndex;
    const leads = raft.role === 'leader';
    const before = this.#looks.get(id);
    this.#checkHardState(node);
    if (leads) {
      this.#checkElectionSafety(node);
      const continues = before?.leads === true && before.term === raft.term;
      if (continues) checkAppendOnly(node, before);
      else this.#checkCompleteness(node);
    }
    this.#looks.set(id, { term: raft.term, leads, lastIndex: last, lastTerm: (node.termAt(last) ?? 0) as Term });
  }

  /** A term once stored is never left for an earlier one, nor a vote for another, across restarts either. */
  #checkHardState({ id, storage }: MemoryNode): void {
    const { term, vote } = storage.initialState().hardState;
    const before = this.#storedTerms.get(id) ?? 0;
    assert(term >= before, () => `node ${id} stored term ${term} after ${before}`);
    this.#storedTerms.set(id, term);
    if (vote !== noNode) this.#checkVote(id, term, vote);
  }

  #checkElectionSafety({ raft, id }: MemoryNode): void {
    const known = this.#leaders.get(raft.term);
    assert(known === undefined || known === id, () => `Election Safety: ${known} and ${id} lead term ${raft.term}`);
    this.#leaders.set(raft.term, id);
  }

  /** Leader Completeness: a new leader has whatever was committed in the terms before. */
  #checkCompleteness(node: MemoryNode): void {
    for (const [at, { term, seenInTerm }] of this.#committed.entries()) {
      if (seenInTerm >= node.raft.term) continue;
      const index = asIndex(at + 1);
      if (index < node.raft.status().firstIndex) continue;
      assert(node.termAt(index) === term, () => {
        return `Leader Completeness: node ${node.id} leads term ${node.raft.term} without entry ${index} of term ${term}`;
      });
    }
  }

  /** State Machine Safety: whoever has applied up to an index has applied the same. */
  #checkStateMachine(node: MemoryNode): void {
    const known = this.#digests.get(node.appliedIndex);
    assert(known === undefined || known === node.digest, () => {
      return `State Machine Safety: node ${node.id} is at ${node.appliedIndex} with another state than others`;
    });
    this.#digests.set(node.appliedIndex, node.digest);
  }
}

/** Leader Append-Only: a leader neither replaces nor removes what is in its log. */
function checkAppendOnly(node: MemoryNode, before: Look): void {
  const term = node.termAt(before.lastIndex);
  assert(node.raft.status().lastIndex >= before.lastIndex && (term === undefined || term === before.lastTerm), () => {
    return `Leader Append-Only: leader ${node.id} changed its log at or before ${before.lastIndex}`;
  });
}
