import { MessageType } from '@streambus/raft';
import type { NodeWatch } from '../cluster/node-watch.ts';
import type { CreateInvariant, Violated } from './invariant.ts';

/** What a node has told others that it has, so that it must have it in its next life too. */
class Promises {
  /** It has the log of this watch, up to here. */
  #logUpTo = 0;
  #watch: NodeWatch | undefined;
  /** What this life has replaced in its log, and in which term. */
  #replacements: { readonly term: number; readonly from: number }[] = [];
  #voteTerm = 0;
  #votedFor = 0;

  begin(watch: NodeWatch): void {
    this.#watch = watch;
    this.#replacements = [];
  }

  get logUpTo(): number {
    return this.#logUpTo;
  }

  /**
   * An acknowledgement waits for the disk. What it tells a leader of an earlier term is of the log of that term, and later leaders may have replaced
   * some of it meanwhile: that is as if it had been told before.
   */
  promiseLog(upTo: number, term: number): void {
    const later = this.#replacements.filter((replacement) => replacement.term > term);
    this.#logUpTo = Math.max(this.#logUpTo, Math.min(upTo, ...later.map(({ from }) => from - 1)));
  }

  /** What was promised of a former leader's log is not any more: another leader has replaced it. */
  replacedFrom(from: number, term: number): void {
    this.#logUpTo = Math.min(this.#logUpTo, from - 1);
    this.#replacements.push({ term, from });
  }

  promiseVote(term: number, candidate: number): void {
    if (term < this.#voteTerm) return;
    this.#voteTerm = term;
    this.#votedFor = candidate;
  }

  /** Holds what a new life has recovered against what the lives before have promised. */
  check(node: NodeWatch, violated: Violated): void {
    const { term = 0, vote = 0 } = node.hardState ?? {};
    if (term < this.#voteTerm || (term === this.#voteTerm && vote !== this.#votedFor)) {
      const told = `it has voted for ${this.#votedFor} in term ${this.#voteTerm}`;
      violated(`node ${node.id} is back in term ${term} with a vote for ${vote}; ${told}`);
    }
    for (let index = node.firstIndex; index <= this.#logUpTo; index++) {
      const promised = this.#watch?.termAt(index);
      if (promised === undefined || promised === node.termAt(index)) continue;
      const found = node.termAt(index) ?? 'none';
      violated(
        `node ${node.id} is back without entry ${index} of term ${promised} that it had acknowledged (${found})`,
      );
      return;
    }
  }
}

/** What a node has acknowledged to others, votes and entries, it has after any crash: nothing is said before it is durable. */
export const keptPromises: CreateInvariant = (violated) => {
  const promises = new Map<number, Promises>();
  const of = (id: number): Promises => {
    const known = promises.get(id) ?? new Promises();
    promises.set(id, known);
    return known;
  };
  return {
    name: 'Acknowledged is Durable',
    source: 'Ongaro, dissertation, section 3.8',
    onStarted(node) {
      of(node.id).check(node, violated);
      of(node.id).begin(node);
    },
    onChange(node, { changedFrom, lastIndexBefore }) {
      if (changedFrom !== undefined && changedFrom <= lastIndexBefore) of(node.id).replacedFrom(changedFrom, node.term);
    },
    onSent({ id }, { type, reject, term, to, index }) {
      if (reject) return;
      if (type === MessageType.voteResponse) of(id).promiseVote(term, to);
      else if (type === MessageType.appendResponse) of(id).promiseLog(index, term);
    },
  };
};
