/** A set of operations, as bits. */
export class OperationSet {
  readonly #words: Int32Array;

  constructor(size: number) {
    this.#words = new Int32Array(Math.ceil(size / 32));
  }

  flip(operation: number): void {
    const at = operation >>> 5;
    this.#words[at] = (this.#words[at] ?? 0) ^ (1 << (operation & 31));
  }

  copy(): Int32Array {
    return this.#words.slice();
  }

  /** FNV-1a over the words. */
  hash(): number {
    let hash = 0x811c9dc5;
    for (const word of this.#words) hash = Math.imul(hash ^ word, 0x01000193);
    return hash;
  }

  equals(words: Int32Array): boolean {
    return this.#words.every((word, at) => word === words[at]);
  }
}

/**
 * Where a search has been: which operations had taken effect, in whatever order, and the state after them. From there on all goes the same
 * way, so that it need not be tried twice (Lowe, "Testing for linearizability", 2016).
 */
export class Visited {
  readonly #byHash = new Map<number, { readonly words: Int32Array; readonly stateKey: string | number }[]>();

  /** @returns false when it was there before */
  add(operations: OperationSet, stateKey: string | number): boolean {
    const hash = operations.hash();
    const known = this.#byHash.get(hash);
    if (known?.some((one) => one.stateKey === stateKey && operations.equals(one.words)) === true) return false;
    const visit = { words: operations.copy(), stateKey };
    if (known === undefined) this.#byHash.set(hash, [visit]);
    else known.push(visit);
    return true;
  }
}
