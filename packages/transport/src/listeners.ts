import type { TransportListener } from './transport.ts';

/** Who hears of peers. */
export class Listeners {
  readonly #subscriptions = new Set<{ readonly listener: TransportListener }>();

  add(listener: TransportListener): () => void {
    // The same listener may be there twice.
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  /** Calls one method of every listener that has it; not of one that ends its subscription, or begins one, meanwhile. */
  tell(call: (listener: TransportListener) => void): void {
    for (const subscription of [...this.#subscriptions]) {
      if (this.#subscriptions.has(subscription)) call(subscription.listener);
    }
  }
}
