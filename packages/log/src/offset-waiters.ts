import { type Deferred, defer } from '@streambus/runtime';

/** Those who wait for a position to pass an offset. */
export class OffsetWaiters {
  /** Sorted by offset; equal ones in the order they came. */
  #waiters: { readonly offset: number; readonly deferred: Deferred<void> }[] = [];

  wait(offset: number): Promise<void> {
    const deferred = defer<void>();
    let index = this.#waiters.length;
    while (index > 0 && (this.#waiters[index - 1]?.offset ?? 0) > offset) index--;
    if (index === this.#waiters.length) this.#waiters.push({ offset, deferred });
    else this.#waiters.splice(index, 0, { offset, deferred });
    return deferred.promise;
  }

  resolveUpTo(offset: number): void {
    if (this.#waiters.length === 0) return;
    const later = this.#waiters.findIndex((waiter) => waiter.offset > offset);
    const reached = this.#waiters.splice(0, later < 0 ? this.#waiters.length : later);
    for (const { deferred } of reached) deferred.resolve();
  }

  rejectAbove(offset: number, error: Error): void {
    const first = this.#waiters.findIndex((waiter) => waiter.offset > offset);
    if (first < 0) return;
    for (const { deferred } of this.#waiters.splice(first)) deferred.reject(error);
  }
}
