/** Those who want to hear of one thing, until they say otherwise. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  #ended = false;

  /** @returns what ends it */
  add(listener: () => void): () => void {
    if (this.#ended) queueMicrotask(listener);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  call(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls everyone for the last time; who comes later is called at once, too: there is nothing to wait for. */
  end(): void {
    this.#ended = true;
    this.call();
  }

  clear(): void {
    this.#ended = true;
    this.#listeners.clear();
  }
}
