import type { NodeChange, NodeWatch } from '../cluster/node-watch.ts';

/** An entry as somebody first saw it committed. */
export interface CommittedEntry {
  readonly term: number;
  /** The lowest term in which a node was that saw it committed: so it was committed in this term or before. */
  readonly seenInTerm: number;
}

/** What a node sees committed at an index, where others have seen something else. */
export interface Contradiction {
  readonly index: number;
  readonly term: number;
  readonly before: number;
}

/** Everything that any node has ever seen committed, by index. */
export class Chronicle {
  readonly #committed: (CommittedEntry | undefined)[] = [];

  get lastIndex(): number {
    return Math.max(0, this.#committed.length - 1);
  }

  at(index: number): CommittedEntry | undefined {
    return this.#committed[index];
  }

  /** Takes over what a node has newly seen committed. @returns the first thing that contradicts what was seen before */
  follow(node: NodeWatch, { commitBefore }: NodeChange): Contradiction | undefined {
    for (let index = commitBefore + 1; index <= node.commit; index++) {
      const term = node.termAt(index);
      if (term === undefined) continue;
      const known = this.#committed[index];
      if (known !== undefined && known.term !== term) return { index, term, before: known.term };
      if (known === undefined || known.seenInTerm > node.term) {
        this.#committed[index] = { term, seenInTerm: node.term };
      }
    }
    return undefined;
  }
}
