import type { TransportListener } from './transport.ts';

/** Who hears of peers. */
export class Listeners {
  readonly #listeners = new Set<TransportListener>();

  add(listener: TransportListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Calls one method of every listener that has it. */
  tell(call: (listener: TransportListener) => void): void {
    for (const listener of [...this.#listeners]) call(listener);
  }
}
